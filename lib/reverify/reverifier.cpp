#include "reverify/reverifier.h"

#include <algorithm>

#include "reverify/evaluate.h"

namespace waxseal::reverify {

namespace {

constexpr std::size_t kClaim = 32;        // units leased at a time (V1): evaluated long before the lease ends
constexpr std::size_t kSweepBatch = 500;  // emails of one transaction: how long an account's lock is held (V5)
constexpr std::size_t kUnsweptPage = 100;
constexpr std::size_t kCandidatePage = 200;
// After a change of anchors or knobs, deliveries and other re-verifiers may for a while still record units that they
// judged with the old ones; those are looked for during this time.
constexpr Seconds kStragglers{300};

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
        certificates(database_, verifier_.certificates()) {}

  store::Database& database;
  smime::Verifier& verifier;
  const Clock& clock;
  store::TrustCache trust_cache;
  UnitEvaluator evaluator;
  store::StoredCertificates certificates;
  std::shared_ptr<const smime::TrustStore> trust;
  std::optional<std::int64_t> noticed;  // trust version, and when this process first saw it
  Time noticed_at;

  void notice_changes();
  void finish_sweeps(Report&, const std::function<bool()>& stop);
  void sweep(const smime::UnitId&, Report&);
  void evaluate_due(Report&, const std::function<bool()>& stop);
  store::UnitWrite evaluate(const store::ClaimedUnit&, Report&);
  void reconsider_deliveries(Report&, const std::function<bool()>& stop);
  bool reconsider(const store::AtDeliveryCandidate&, Report&);
  smime::Verdict judge(const smime::Facts& facts, const smime::UnitStates& states, Time received_at) const {
    return smime::judge(facts, states, verifier.policy(), received_at);
  }
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

store::UnitWrite Reverifier::State::evaluate(const store::ClaimedUnit& claimed, Report& report) {
  const auto update = evaluator.evaluate(claimed.unit, *trust, clock.now());
  if (!update) {  // the lease is the back-off
    ++report.units_postponed;
    return store::UnitWrite::kUnchanged;
  }
  const store::UnitWrite written = store::record_unit(database, claimed, *update);
  if (written != store::UnitWrite::kLost) ++report.units_evaluated;
  return written;
}

void Reverifier::State::evaluate_due(Report& report, const std::function<bool()>& stop) {
  while (!(stop && stop())) {
    const std::vector<store::ClaimedUnit> claimed = store::claim_due_units(database, clock.now(), kLease, kClaim);
    if (claimed.empty()) return;
    // All are recorded before the first sweep: a unit that signs a million messages must not outlive the others'
    // leases.
    std::vector<smime::UnitId> changed;
    for (const store::ClaimedUnit& unit : claimed)
      if (evaluate(unit, report) == store::UnitWrite::kChanged) changed.push_back(unit.unit.id());
    report.units_changed += changed.size();
    for (const smime::UnitId& unit : changed) sweep(unit, report);
  }
}

// TIM-04: with today's anchors and certificates, at the time of delivery.  record_at_delivery only ever upgrades
// (TIM-02).
bool Reverifier::State::reconsider(const store::AtDeliveryCandidate& candidate, Report& report) {
  smime::UnitStates states;
  for (const smime::Unit& unit : candidate.facts.units())
    states.emplace(unit.id(), verifier.paths().evaluate(unit, certificates, *trust, candidate.received_at,
                                                        smime::Epoch::kAtDelivery));
  const smime::Verdict verdict = judge(candidate.facts, states, candidate.received_at);
  if (has_internal_error(verdict.codes)) return false;
  store::record_at_delivery(database, candidate, verdict, trust->version);
  ++report.at_delivery_examined;
  if (verdict.status == smime::Status::kVerified) ++report.at_delivery_changed;
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

Reverifier::Reverifier(store::Database& database, smime::Verifier& verifier, const Clock& clock)
    : state_(std::make_unique<State>(database, verifier, clock)) {}

Reverifier::~Reverifier() = default;

Report Reverifier::run_once(const std::function<bool()>& stop) {
  Report report;
  state_->notice_changes();
  state_->finish_sweeps(report, stop);
  state_->evaluate_due(report, stop);
  state_->reconsider_deliveries(report, stop);
  return report;
}

std::size_t Reverifier::make_all_due() {
  // No unit was ever evaluated under a policy without a version.
  return store::make_units_due(state_->database, store::trust_version(state_->database), "", state_->clock.now());
}

std::optional<Time> Reverifier::next_due() {
  return store::next_unit_due(state_->database);
}

}  // namespace waxseal::reverify
