#include "store/time_limit.h"

#include <algorithm>

namespace waxseal::store {

namespace {

thread_local std::optional<TimeLimit::Steady::time_point> current;

}  // namespace

TimeLimit::TimeLimit(Steady::time_point deadline) : before_(current) {
  current = before_ ? std::min(*before_, deadline) : deadline;
}

TimeLimit::~TimeLimit() {
  current = before_;
}

std::chrono::milliseconds TimeLimit::within(std::chrono::milliseconds patience) {
  if (!current) return patience;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*current - Steady::now());
  return std::clamp(left, std::chrono::milliseconds(0), patience);
}

}  // namespace waxseal::store
