#include "reverify/evaluate.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "reverify/evidence_sink.h"
#include "reverify/reverifier.h"
#include "smime/next_check.h"
#include "smime/revocation_sources.h"
#include "store/revocation.h"

namespace waxseal::reverify {

namespace {

bool has_internal_error(const smime::UnitState& state) {
  return std::find(state.codes.begin(), state.codes.end(), smime::Code::internal_error) != state.codes.end();
}

}  // namespace

UnitEvaluator::UnitEvaluator(store::Database& database, smime::Verifier& verifier)
    : database_(database),
      verifier_(verifier),
      certificates_(database, verifier.certificates()),
      issuers_(database, verifier) {}

// What certificates of validated paths name is fetched from now on (NET-02, NET-15).
void UnitEvaluator::want_fetches(const smime::CandidatePaths& paths, smime::RevocationSource& known, Time now) {
  const smime::Policy& policy = verifier_.policy();
  if (policy.revocation.mode == smime::RevocationMode::kOff) return;
  const auto questions = paths.validated_questions(policy);
  store::want_fetches(database_, fetch_targets(questions, known.find(questions, now), policy, now), now);
}

std::optional<store::UnitUpdate> UnitEvaluator::evaluate(const smime::Unit& unit, const smime::TrustStore& trust,
                                                         Time now) {
  return evaluate(std::vector<smime::Unit>{unit}, trust, now).front();
}

std::vector<std::optional<store::UnitUpdate>> UnitEvaluator::evaluate(const std::vector<smime::Unit>& units,
                                                                      const smime::TrustStore& trust, Time now) {
  std::vector<smime::CandidatePaths> paths;
  std::vector<smime::RevocationQuestion> questions;
  for (const smime::Unit& unit : units) {
    paths.push_back(verifier_.paths().candidates(unit, certificates_, trust, now, smime::Epoch::kNow));
    auto of_unit = paths.back().questions();
    // Before the evidence is read: what is stored afterwards finds the unit (RVF-04).
    store::note_dependencies(database_, unit.id(), of_unit);
    questions.insert(questions.end(), std::make_move_iterator(of_unit.begin()), std::make_move_iterator(of_unit.end()));
  }
  store::StoredRevocation stored(database_);
  smime::AskedEvidence asked(stored);
  asked.prefetch(questions, now);
  for (std::size_t i = 0; i < units.size(); ++i) {
    want_fetches(paths[i], asked, now);
    issuers_.begin(units[i], paths[i], now);
  }

  std::vector<std::optional<store::UnitUpdate>> out;
  for (std::size_t i = 0; i < units.size(); ++i) {
    smime::UnitState state = verifier_.paths().conclude(paths[i], &asked, now, smime::Epoch::kNow);
    if (has_internal_error(state)) {
      out.emplace_back();
      continue;
    }
    const Time next = smime::next_check(units[i].id(), state, now);
    out.push_back(
        store::UnitUpdate{std::move(state), now, next, trust.version, verifier_.policy().version(), stored.version()});
  }
  return out;
}

UnitEvaluator::AtDelivery UnitEvaluator::judge_at_delivery(const smime::Facts& facts, const smime::TrustStore& trust,
                                                           Time received_at) {
  store::StoredRevocation stored(database_);
  smime::UnitStates states;
  std::set<smime::Evidence> evidence;
  for (const smime::Unit& unit : facts.units()) {
    smime::UnitState state =
        verifier_.paths().evaluate(unit, certificates_, trust, received_at, smime::Epoch::kAtDelivery, &stored);
    evidence.insert(state.evidence.begin(), state.evidence.end());
    states.emplace(unit.id(), std::move(state));
  }
  return {smime::judge(facts, states, verifier_.policy(), received_at, smime::Epoch::kAtDelivery),
          {evidence.begin(), evidence.end()}};
}

std::optional<UnitEvaluator::LateRevocation> UnitEvaluator::late_revocation(const smime::Unit& unit,
                                                                            const smime::TrustStore& trust, Time now) {
  const auto paths = verifier_.paths().candidates(unit, certificates_, trust, now, smime::Epoch::kNow);
  if (paths.paths.empty()) return std::nullopt;
  std::optional<Time> from;
  store::StoredRevocation stored(database_);
  for (const smime::CertificateEvidence& evidence : stored.find(paths.paths.front().questions, now))
    for (const smime::LedgerEntry& entry : evidence.entries) {
      if (entry.released_at || entry.reason == smime::kRemoveFromCrl) continue;
      const Time began = std::min(entry.revoked_at, entry.invalidity_date.value_or(entry.revoked_at));
      from = std::min(from.value_or(began), began);
    }
  const std::size_t messages = from ? store::verified_at_delivery_since(database_, unit.id(), *from) : 0;
  if (messages == 0) return std::nullopt;
  return LateRevocation{paths.paths.front().certificates.front()->subject_text(), *from, messages};
}

store::Judge UnitEvaluator::judge() const {
  return [this](const smime::Facts& facts, const smime::UnitStates& states, Time received_at) {
    return smime::judge(facts, states, verifier_.policy(), received_at);
  };
}

}  // namespace waxseal::reverify
