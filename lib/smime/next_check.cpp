#include "smime/next_check.h"

#include <algorithm>
#include <cstring>

namespace waxseal::smime {

namespace {

// The same for the same unit, evenly distributed over units: the id is a digest.
Seconds spread(const UnitId& id) {
  std::uint64_t number;
  std::memcpy(&number, id.octets.data(), sizeof number);
  return Seconds(static_cast<std::int64_t>(number % static_cast<std::uint64_t>(kSpread.count())));
}

}  // namespace

Time next_check(const UnitId& id, const UnitState& state, Time evaluated_at) {
  if (std::ranges::find(state.codes, Code::internal_error) != state.codes.end()) return evaluated_at;
  const Time at_latest = evaluated_at + kEvaluationMaxAge - spread(id);
  if (!state.next_change) return at_latest;
  // A change that is not in the future would make the unit due for ever.
  return std::min(std::max(*state.next_change, evaluated_at + Seconds(1)), at_latest);
}

}  // namespace waxseal::smime
