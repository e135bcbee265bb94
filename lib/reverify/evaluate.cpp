#include "reverify/evaluate.h"

#include <algorithm>

#include "reverify/reverifier.h"

namespace waxseal::reverify {

namespace {

bool has_internal_error(const smime::UnitState& state) {
  return std::find(state.codes.begin(), state.codes.end(), smime::Code::internal_error) != state.codes.end();
}

}  // namespace

UnitEvaluator::UnitEvaluator(store::Database& database, smime::Verifier& verifier)
    : verifier_(verifier), certificates_(database, verifier.certificates()) {}

std::optional<store::UnitUpdate> UnitEvaluator::evaluate(const smime::Unit& unit, const smime::TrustStore& trust,
                                                         Time now) {
  smime::UnitState state = verifier_.paths().evaluate(unit, certificates_, trust, now, smime::Epoch::kNow);
  if (has_internal_error(state)) return std::nullopt;
  const Time next = next_check(unit.id(), state, now);
  return store::UnitUpdate{std::move(state), now, next, trust.version, verifier_.policy().version()};
}

store::Judge UnitEvaluator::judge() const {
  return [this](const smime::Facts& facts, const smime::UnitStates& states, Time received_at) {
    return smime::judge(facts, states, verifier_.policy(), received_at);
  };
}

}  // namespace waxseal::reverify
