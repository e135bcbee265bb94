#include "reverify/facts_renewer.h"

namespace waxseal::reverify {

namespace {

constexpr std::size_t kPage = 50;    // messages whose facts are held in memory
constexpr std::size_t kPages = 100;  // of one call, renewed or only looked at

}  // namespace

FactsRenewer::FactsRenewer(store::Database& database, smime::Verifier& verifier)
    : database_(database), verifier_(verifier) {}

std::vector<FactsRenewer::Read> FactsRenewer::read(const std::vector<store::OldFacts>& old,
                                                   const smime::TrustStore& trust, Time now) {
  std::vector<Read> out;
  for (const store::OldFacts& each : old) {
    const auto octets = store::message_octets(database_, each.account, each.blob);
    if (!octets) continue;  // destroyed meanwhile
    smime::Extracted extracted = verifier_.extract(*octets, trust);
    out.push_back({each, {std::move(extracted.facts), std::move(extracted.certificates)}});
    store::note_units(database_, each.account, out.back().now, verifier_.policy().version(), now);
  }
  return out;
}

FactsRenewer::Result FactsRenewer::run(const smime::TrustStore& trust, const store::Judge& judge, Time now,
                                       const std::function<void()>& evaluate_due, const std::function<bool()>& stop) {
  Result result;
  current_ = current_ || store::facts_are_current(database_);
  for (std::size_t pages = 0; !current_; ++pages) {
    result.more = pages == kPages;
    if (result.more || (stop && stop())) return result;
    const store::FactsPage page = store::old_facts(database_, account_, last_, kPage);
    const std::vector<Read> messages = read(page.old, trust, now);
    if (!messages.empty()) evaluate_due();
    for (const Read& message : messages) {
      const store::Renewed renewed = store::renew_facts(database_, message.old, message.now, judge, now);
      if (renewed != store::Renewed::kNot) {
        ++result.renewed;
        found_ = true;
      }
      if (renewed == store::Renewed::kVerdictToo) ++result.verdicts_changed;
    }
    account_ = page.account;
    last_ = page.last;
    if (page.end) end_pass();
  }
  return result;
}

// A message may have moved behind us (threads that became one), or an older program may still have delivered: only a
// pass that finds nothing is the last.
void FactsRenewer::end_pass() {
  current_ = !found_;
  if (current_) store::note_facts_current(database_);
  found_ = false;
  account_ = {};
  last_ = {};
}

}  // namespace waxseal::reverify
