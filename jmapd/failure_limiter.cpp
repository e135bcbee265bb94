#include "jmapd/failure_limiter.h"

namespace waxseal::jmapd {
namespace {

// A failure costs one slow password hash, so that a table of this size cannot be filled within a window.
constexpr std::size_t kMaxKeys = 10'000;

}  // namespace

std::optional<std::chrono::seconds> FailureLimiter::blocked(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(key);
  if (found == counts_.end() || found->second.failures < allowed_) return std::nullopt;
  const auto left = found->second.since + window_ - now;
  if (left <= Time::duration::zero()) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(left);
}

void FailureLimiter::failed(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  if (counts_.size() >= kMaxKeys) make_room(now);
  Count& count = counts_[key];
  if (count.failures == 0 || count.since + window_ <= now) count = {0, now};
  ++count.failures;
}

void FailureLimiter::succeeded(const std::string& key) {
  const std::lock_guard lock(mutex_);
  counts_.erase(key);
}

void FailureLimiter::make_room(Time now) {
  std::erase_if(counts_, [&](const auto& entry) { return entry.second.since + window_ <= now; });
  if (counts_.size() >= kMaxKeys) counts_.clear();
}

}  // namespace waxseal::jmapd
