// A clock that was set back must not flip verdicts (TIM-12, trap 27).
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace waxseal::reverify {

inline constexpr Seconds kClockTolerance{300};
// After this time the clock is believed: an hour-long pause leaves the 24 hours of RFC 9219 intact, a longer one would
// not.
inline constexpr Seconds kLongestSuspension{3600};
inline constexpr Time kEarliestTime =
    std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);  // no machine runs us before

class ClockGuard {
 public:
  // May rounds be done at `now`?  `steady` is any clock that never steps.
  bool trustworthy(Time now, std::chrono::steady_clock::time_point steady);

 private:
  std::optional<Time> latest_;  // wall clock that was believed
  std::optional<std::chrono::steady_clock::time_point> suspended_since_;
};

}  // namespace waxseal::reverify
