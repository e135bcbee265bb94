// When a unit must be looked at again (RVF-03).
#pragma once

#include "smime/unit.h"

namespace waxseal::smime {

inline constexpr Seconds kEvaluationMaxAge{23 * 3600};  // RFC 9219 allows 24 hours (TIM-10)
inline constexpr Seconds kSpread{2 * 3600};             // units that were evaluated together fall due over this time

// Its next change, and at latest 23 hours after the evaluation.  Where no change is near, 21 to 23 hours as the id
// says: always the same for the same unit, and spread over all units.  An internal error is due at once: it is never
// kept (verification.md 10.2, trap 16).
Time next_check(const UnitId& id, const UnitState& state, Time evaluated_at);

}  // namespace waxseal::smime
