// How long this thread may wait for the database, all in all: shorter than what DatabaseOptions give every statement.
#pragma once

#include <chrono>
#include <optional>

namespace waxseal::store {

// While it lives, whatever its thread asks the database throws Unavailable when `deadline` is over, within the fraction
// of a second that a deaf server takes to be noticed.  Of two on one thread the earlier deadline holds.
class TimeLimit {
 public:
  using Steady = std::chrono::steady_clock;

  explicit TimeLimit(Steady::time_point deadline);
  ~TimeLimit();
  TimeLimit(const TimeLimit&) = delete;

  // `patience`, or what is left of it for the current thread; never negative.
  static std::chrono::milliseconds within(std::chrono::milliseconds patience);
  static bool over() { return within(std::chrono::milliseconds(1)).count() == 0; }

 private:
  std::optional<Steady::time_point> before_;
};

}  // namespace waxseal::store
