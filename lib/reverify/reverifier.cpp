#include "reverify/reverifier.h"

#include <algorithm>

#include "reverify/evaluate.h"
#include "reverify/facts_renewer.h"
#include "store/overview.h"

namespace waxseal::reverify {

namespace {

constexpr std::size_t kClaim = 32;        // units leased at a time (V1): evaluated long before the lease ends
constexpr std::size_t kSweepBatch = 500;  // emails of one transaction: how long an account's lock is held (V5)
constexpr std::size_t kUnsweptPage = 100;
constexpr std::size_t kCandidatePage = 200;
// After a change of anchors or knobs, deliveries and other re-verifiers may for a while still record units that they
// judged with the old ones; those are looked for during this time.
constexpr Seconds kStragglers{300};
// Pending verdicts at delivery are looked at when their unit changes; else after half of their age again, within:
constexpr Seconds kFirstRetry{60};
constexpr Seconds kLastRetry{4 * 3600};
constexpr Seconds kForgetting{24 * 3600};     // how often is looked for counts of days that are too long ago
constexpr Seconds kLongestFuture{24 * 3600};  // verification.md 10.2, trap 8

bool is_revoked(const std::vector<smime::Code>& codes) {
  return std::ranges::any_of(
      codes, [](smime::Code code) { return code == smime::Code::cert_revoked || code == smime::Code::issuer_revoked; });
}

bool has_internal_error(const std::vector<smime::Code>& codes) {
  return std::find(codes.begin(), codes.end(), smime::Code::internal_error) != codes.end();
}

}  // namespace

struct Reverifier::State {
  State(store::Database& database_, smime::Verifier& verifier_, const Clock& clock_)
      : database(database_),
        verifier(verifier_),
        clock(clock_),
        trust_cache(database_, clock_),
        evaluator(database_, verifier_),
        renewer(database_, verifier_) {}

  store::Database& database;
  smime::Verifier& verifier;
  const Clock& clock;
  store::TrustCache trust_cache;
  UnitEvaluator evaluator;
  FactsRenewer renewer;
  bool facts_left = false;
  std::shared_ptr<const smime::TrustStore> trust;
  std::optional<std::int64_t> noticed;  // trust version, and when this process first saw it
  Time noticed_at;
  Time next_forgetting{};

  void notice_changes();
  void finish_sweeps(Report&, const std::function<bool()>& stop);
  void sweep(const smime::UnitId&, Report&);
  void evaluate_due(Report&, const std::function<bool()>& stop);
  std::vector<smime::UnitId> evaluate(const std::vector<store::ClaimedUnit>&, Report&);
  void renew_facts(Report&, const std::function<bool()>& stop);
  void finalise_deliveries(Report&, const std::function<bool()>& stop);
  bool finalise(const store::AtDeliveryCandidate&, Report&);
  void reconsider_deliveries(Report&, const std::function<bool()>& stop);
  bool reconsider(const store::AtDeliveryCandidate&, Report&);
  void forget_old_counts();
};

// RVF-04: a unit that was evaluated with other anchors or other knobs is due now.
void Reverifier::State::notice_changes() {
  const Time now = clock.now();
  trust = trust_cache.get();  // follows the pool of intermediates too
  const std::int64_t version = store::trust_version(database);
  if (trust->version != version) trust = store::load_trust(database);  // the cache is up to a second old
  if (noticed != trust->version) {
    noticed = trust->version;
    noticed_at = now;
  }
  if (now - noticed_at <= kStragglers)
    store::make_units_due(database, trust->version, verifier.policy().version(), now);
}

void Reverifier::State::sweep(const smime::UnitId& unit, Report& report) {
  report.emails_changed += store::sweep_unit(database, unit, evaluator.judge(), kSweepBatch).emails_changed;
}

void Reverifier::State::finish_sweeps(Report& report, const std::function<bool()>& stop) {
  std::vector<smime::UnitId> before;
  while (true) {
    std::vector<smime::UnitId> units = store::unswept_units(database, kUnsweptPage);
    for (const smime::UnitId& unit : units) {
      if (stop && stop()) return;
      sweep(unit, report);
    }
    // The same page again: what is left cannot be finished now, and must not keep anything else waiting.
    if (units.size() < kUnsweptPage || units == before) return;
    before = std::move(units);
  }
}

// Those that changed.
std::vector<smime::UnitId> Reverifier::State::evaluate(const std::vector<store::ClaimedUnit>& claimed, Report& report) {
  std::vector<smime::Unit> units;
  for (const store::ClaimedUnit& each : claimed) units.push_back(each.unit);
  const auto updates = evaluator.evaluate(units, *trust, clock.now());
  const auto written = store::record_units(database, claimed, updates);
  std::vector<smime::UnitId> changed;
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    if (!updates[i]) {  // the lease is the back-off
      ++report.units_postponed;
      continue;
    }
    if (written[i] != store::UnitWrite::kLost) ++report.units_evaluated;
    if (written[i] != store::UnitWrite::kChanged) continue;
    changed.push_back(claimed[i].unit.id());
    if (!is_revoked(updates[i]->state.codes) || is_revoked(claimed[i].state.codes)) continue;
    if (auto late = evaluator.late_revocation(claimed[i].unit, *trust, clock.now()))
      report.late_revocations.push_back(*std::move(late));
  }
  return changed;
}

void Reverifier::State::evaluate_due(Report& report, const std::function<bool()>& stop) {
  while (!(stop && stop())) {
    const std::vector<store::ClaimedUnit> claimed = store::claim_due_units(database, clock.now(), kLease, kClaim);
    if (claimed.empty()) return;
    trust = trust_cache.get();  // the pool may have grown since the round began (store::kPoolDelay)
    // All are recorded before the first sweep: a unit that signs a million messages must not outlive the others'
    // leases.
    const std::vector<smime::UnitId> changed = evaluate(claimed, report);
    report.units_changed += changed.size();
    for (const smime::UnitId& unit : changed) sweep(unit, report);
  }
}

void Reverifier::State::renew_facts(Report& report, const std::function<bool()>& stop) {
  const auto held = trust;  // evaluate_due() may replace it
  const auto renewed = renewer.run(
      *held, evaluator.judge(), clock.now(), [&] { evaluate_due(report, stop); }, stop);
  report.facts_renewed += renewed.renewed;
  report.emails_changed += renewed.verdicts_changed;
  facts_left = renewed.more;
}

// TIM-04: with today's anchors and certificates, at the time of delivery.  record_at_delivery only ever upgrades
// (TIM-02).
bool Reverifier::State::reconsider(const store::AtDeliveryCandidate& candidate, Report& report) {
  const auto judged = evaluator.judge_at_delivery(candidate.facts, *trust, candidate.received_at);
  if (has_internal_error(judged.verdict.codes)) return false;
  store::record_at_delivery(database, candidate, judged.verdict, judged.evidence, trust->version,
                            smime::awaits_evidence(judged.verdict) && judged.verdict.status == smime::Status::kFailed
                                ? store::Reconsidered::kAgain
                                : store::Reconsidered::kSettled,
                            clock.now());
  ++report.at_delivery_examined;
  if (judged.verdict.status == smime::Status::kVerified) ++report.at_delivery_changed;
  return true;
}

void Reverifier::State::reconsider_deliveries(Report& report, const std::function<bool()>& stop) {
  while (true) {
    const auto candidates = store::at_delivery_candidates(database, trust->version, kCandidatePage);
    std::size_t settled = 0;
    for (const store::AtDeliveryCandidate& candidate : candidates) {
      if (stop && stop()) return;
      if (reconsider(candidate, report)) ++settled;
    }
    if (settled == 0) return;  // none are left, or only those that cannot be judged now
  }
}

// TIM-05: pending while evidence is missing, final when it is there or when the grace is over.
bool Reverifier::State::finalise(const store::AtDeliveryCandidate& candidate, Report& report) {
  const Time now = clock.now();
  if (candidate.final) {
    const bool settled = reconsider(candidate, report);
    if (!settled) store::postpone_at_delivery(database, candidate, now + kLastRetry);
    return settled;
  }
  const Time arrived = std::min(candidate.received_at, now);  // trap 8: an import may name the future
  const bool too_early = candidate.received_at > now && now < candidate.facts_at + kLongestFuture;
  const auto judged = evaluator.judge_at_delivery(candidate.facts, *trust, candidate.received_at);
  const bool evaluated = judged.verdict.status != smime::Status::kSigned && !has_internal_error(judged.verdict.codes);
  const Time deadline = candidate.received_at + verifier.policy().revocation.at_delivery_grace;
  const bool wait = smime::awaits_evidence(judged.verdict) && now < deadline;
  if (too_early || wait || !evaluated) {
    const Time later = now + std::clamp<Seconds>((now - arrived) / 2, kFirstRetry, kLastRetry);
    const bool ends_before = wait && deadline < later;
    store::postpone_at_delivery(database, candidate, ends_before ? deadline : later);
    return false;
  }
  ++report.at_delivery_examined;
  if (store::finalise_at_delivery(database, candidate,
                                  {judged.verdict, judged.evidence, now, trust->version, verifier.policy().version()}))
    ++report.at_delivery_changed;
  return true;
}

void Reverifier::State::finalise_deliveries(Report& report, const std::function<bool()>& stop) {
  while (true) {
    const auto pending = store::pending_at_delivery(database, clock.now(), kCandidatePage);
    for (const store::AtDeliveryCandidate& candidate : pending) {
      if (stop && stop()) return;
      finalise(candidate, report);
    }
    if (pending.size() < kCandidatePage) return;  // each was settled or postponed
  }
}

void Reverifier::State::forget_old_counts() {
  const Time now = clock.now();
  if (now < next_forgetting) return;
  store::forget_daily_counts(database, now - store::kCountedFor);
  next_forgetting = now + kForgetting;
}

Reverifier::Reverifier(store::Database& database, smime::Verifier& verifier, const Clock& clock)
    : state_(std::make_unique<State>(database, verifier, clock)) {}

Reverifier::~Reverifier() = default;

Report Reverifier::run_once(const std::function<bool()>& stop) {
  Report report;
  state_->notice_changes();
  state_->finish_sweeps(report, stop);
  state_->evaluate_due(report, stop);
  state_->renew_facts(report, stop);
  state_->reconsider_deliveries(report, stop);
  state_->finalise_deliveries(report, stop);
  state_->forget_old_counts();
  return report;
}

std::size_t Reverifier::make_all_due() {
  // No unit was ever evaluated under a policy without a version.
  return store::make_units_due(state_->database, store::trust_version(state_->database), "", state_->clock.now());
}

std::optional<Time> Reverifier::next_due() {
  if (state_->facts_left) return state_->clock.now();
  const auto unit = store::next_unit_due(state_->database);
  const auto pending = store::next_pending_at_delivery(state_->database);
  return unit && pending ? std::min(unit, pending) : unit ? unit : pending;
}

}  // namespace waxseal::reverify
