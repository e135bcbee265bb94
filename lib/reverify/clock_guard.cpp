#include "reverify/clock_guard.h"

#include <algorithm>

namespace waxseal::reverify {

bool ClockGuard::trustworthy(Time now, std::chrono::steady_clock::time_point steady) {
  if (now < kEarliestTime) return false;
  const bool stepped_back = latest_ && now < *latest_ - kClockTolerance;
  if (stepped_back) {
    if (!suspended_since_) suspended_since_ = steady;
    if (steady - *suspended_since_ < kLongestSuspension) return false;
    latest_ = now;
  }
  suspended_since_.reset();
  latest_ = std::max(latest_.value_or(now), now);
  return true;
}

}  // namespace waxseal::reverify
