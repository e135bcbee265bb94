// Time as the product uses it: UTC, whole seconds (UTCDate of RFC 8620 section 1.4 has no more).
// Verification time is always a parameter; only SystemClock reads the machine's clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waxseal {

using Time = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

// Stands still until it is told; for tests and for `waxseal verify --at`.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time now) : now_(now) {}
  Time now() const override { return now_; }
  void set(Time now) { now_ = now; }
  void advance(Seconds by) { now_ += by; }

 private:
  Time now_;
};

// "2026-11-23T09:05:07Z" (RFC 3339; TIM-13).  Years outside 0000..9999 are clamped.
std::string format_utc_date(Time time);

// RFC 3339 date-time with any offset; fractions of a second are dropped.
Result<Time> parse_date_time(std::string_view text);

constexpr Time from_epoch(std::int64_t seconds) { return Time(Seconds(seconds)); }
constexpr std::int64_t to_epoch(Time time) { return time.time_since_epoch().count(); }

}  // namespace waxseal
