#include "milter/handling.h"

#include <algorithm>

#include "delivery/trace.h"
#include "store/accounts.h"
#include "store/time_limit.h"

namespace waxseal::milter {

namespace {

using delivery::Delivered;
using Kind = Answer::Kind;

const Answer kTryLater{Kind::kTempfail, "451", "4.3.0", "mail store not available, try again later"};

std::string trace_of(const std::string& hostname, const std::string& queue_id, const Message& message,
                     const std::vector<delivery::Recipient>& recipients, Time now) {
  delivery::Trace trace;
  trace.sender = message.sender();
  trace.by = hostname;
  trace.program = "waxseal-milter";
  trace.id = queue_id;
  // RFC 5321 section 7.2: not "for" when others, ours or not, have the message too.
  if (message.recipients().size() == 1) trace.recipient = recipients.front().address;
  trace.date = now;
  return delivery::trace_fields(trace);
}

bool any_is(const std::vector<Delivered>& results, Delivered::Outcome outcome) {
  return std::any_of(results.begin(), results.end(),
                     [&](const Delivered& result) { return result.outcome == outcome; });
}

}  // namespace

Handling::Handling(Filter& filter, Message& message, const std::string& queue_id, Edits& edits)
    : filter_(filter), options_(filter.options()), message_(message), queue_id_(queue_id), edits_(edits) {
  report_.receive = report_.start - message.begun();
}

Answer Handling::run() {
  Heartbeat::Beat beat(filter_.heartbeat_, [this] { edits_.progress(); });
  Answer answer = decide();
  beat.stop();
  place_.reset();
  if (answer.kind == Kind::kAccept) answer = edit();
  log_message(queue_id_, message_, judged_ ? &judged_->at_delivery : nullptr, answer, report_);
  return answer;
}

Answer Handling::decide() {
  if (message_.excessive()) return {Kind::kReject, "550", "5.6.0", "too many recipients or Authentication-Results"};
  report_.skipped = message_.standing().skipped || nobody_wants_it();
  if (report_.skipped) return {};
  if (message_.too_large()) return too_large();
  judge();
  if (const smime::Code* const reason = reason_to_reject())
    return {Kind::kReject, "550", "5.7.1", "S/MIME: " + std::string(smime::row(*reason).text)};
  return options_.store ? store() : Answer{};
}

bool Handling::nobody_wants_it() const {
  const auto& all = message_.recipients();
  return !all.empty() && std::all_of(all.begin(), all.end(), [&](const std::string& address) {
    return options_.rules.skips_recipient(address);
  });
}

authres::Options Handling::authres_options() const {
  authres::Options options = options_.authres;
  options.smtputf8 = message_.smtputf8();
  return options;
}

// Without a verdict there is no field either, rather than one that says nothing of the message.
void Handling::judge() {
  const auto deadline = report_.start + options_.budget;
  place_ = filter_.places_.of_size(message_.size()).enter(deadline);
  report_.wait = Report::Steady::now() - report_.start;
  if (!place_) {
    report_.error = "no verification could begin within milter.budget_seconds";
    return;
  }
  const auto start = Report::Steady::now();
  const store::TimeLimit limit(deadline);
  try {
    judged_ = filter_.pipeline_.judge(message_.octets(), filter_.clock_.now());
  } catch (const std::exception& error) {
    report_.error = error.what();
  }
  report_.judge = Report::Steady::now() - start;
}

const smime::Code* Handling::reason_to_reject() const {
  if (!judged_ || judged_->at_delivery.status != smime::Status::kFailed) return nullptr;
  const auto& fatal = judged_->at_delivery.fatal;
  const auto found =
      std::find_first_of(fatal.begin(), fatal.end(), options_.reject_codes.begin(), options_.reject_codes.end());
  return found == fatal.end() ? nullptr : &*found;
}

std::vector<delivery::Recipient> Handling::our_recipients() {
  std::vector<delivery::Recipient> ours;
  for (const std::string& address : message_.recipients()) {
    if (options_.rules.skips_recipient(address)) continue;
    if (const auto account = store::find_recent_recipient(filter_.database_, address, options_.recipient_delimiters))
      ours.push_back({address, *account});
  }
  return ours;
}

Answer Handling::without_store() {
  return options_.accept_without_database ? Answer{} : kTryLater;
}

Answer Handling::store() {
  const auto start = Report::Steady::now();
  Answer answer = without_store();
  if (judged_) {
    try {
      const auto recipients = our_recipients();
      answer = recipients.empty() ? Answer{} : store_for(recipients);
    } catch (const std::exception& error) {
      report_.error = error.what();
    }
  }
  report_.store = Report::Steady::now() - start;
  return answer;
}

Answer Handling::store_for(const std::vector<delivery::Recipient>& recipients) {
  const authres::Options options = authres_options();
  const Octets octets = message_.octets();
  const std::string fields = options_.annotate ? delivery::result_fields(*judged_, options) : std::string();
  const auto forged = message_.standing().trusted ? std::vector<Range>() : authres::forged_fields(octets, options);
  std::optional<delivery::Rewritten> stored;
  {
    const store::TimeLimit limit(report_.start + options_.budget);
    stored.emplace(delivery::rewrite(filter_.pipeline_, *judged_,
                                     trace_of(options_.hostname, queue_id_, message_, recipients, judged_->received_at),
                                     fields, octets, forged, options_.message.spool));
  }
  const auto prepared = delivery::Pipeline::prepare(std::move(stored->judged), stored->spool.view());
  place_.reset();  // the others may verify while this one waits for the disk
  const auto results = delivery::deliver(filter_.pipeline_, prepared, message_.sender(), recipients, octets);
  log_stored(queue_id_, message_, prepared, recipients, results);
  report_.stored = static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const Delivered& result) { return result.stored(); }));
  return answer_for(results);
}

// One answer for all recipients: whoever has his copy already has it once, however often the message comes (G3).
Answer Handling::answer_for(const std::vector<Delivered>& results) const {
  if (any_is(results, Delivered::Outcome::kFailed) && !options_.accept_without_database) return kTryLater;
  const bool never = any_is(results, Delivered::Outcome::kNeverFits);
  if ((!never && !any_is(results, Delivered::Outcome::kOverQuota)) || options_.on_quota == OnQuota::kAccept) return {};
  if (never || options_.on_quota == OnQuota::kReject) return {Kind::kReject, "552", "5.2.2", "a mailbox is full"};
  return {Kind::kTempfail, "452", "4.2.2", "a mailbox is full, try again later"};
}

// Above the limit nothing is checked.  A recipient of ours would have no copy and nobody would know: that is told the
// sender.
Answer Handling::too_large() {
  report_.error = "larger than milter.max_message_octets: not checked";
  if (!options_.store || options_.accept_without_database) return {};
  try {
    if (our_recipients().empty()) return {};
  } catch (const std::exception& error) {
    report_.error = error.what();
    return kTryLater;
  }
  return {Kind::kReject, "552", "5.3.4", "message too big for the mail store"};
}

Answer Handling::edit() {
  // From the last to the first: each deletion renumbers what is behind it (rule R7, AR-12).
  for (const auto& [name, indexes] : message_.forged_fields())
    for (auto index = indexes.rbegin(); index != indexes.rend(); ++index)
      if (!edits_.delete_field(name, *index))
        return {Kind::kTempfail, "451", "4.3.0", "header not changed, try again later"};
  if (!judged_ || !options_.annotate) return {};
  const authres::Options options = authres_options();
  const std::string_view status = authres::status_words(judged_->at_delivery);
  const auto value = authres::field_value(judged_->extracted.facts, judged_->at_delivery, options, judged_->signer());
  bool told = true;
  if (options.status_field && !status.empty())
    told = edits_.insert_field(std::string(authres::kStatusFieldName), " " + std::string(status));
  if (value) told = edits_.insert_field(std::string(authres::kFieldName), *value) && told;
  // A verdict that cannot be told is no reason to keep the message from its recipient; a forged one that stays is.
  if (!told) report_.error = "the MTA did not take the field";
  return {};
}

}  // namespace waxseal::milter
