#include "fetch/gate.h"

namespace waxseal::fetch {

Result<Gate::Place, Failure> Gate::enter(const std::string& host, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto free = [&] {
    const auto found = per_host_.find(host);
    return inside_ < most_ && (found == per_host_.end() || found->second < most_per_host_);
  };
  if (!free()) {
    if (waiting_ >= most_waiting_) return unexpected(Failure{FailureKind::kBusy, "too many fetches wait already", {}});
    ++waiting_;
    const bool entered = left_.wait_until(lock, deadline, free);
    --waiting_;
    if (!entered) return unexpected(Failure{FailureKind::kBusy, "no fetch ended in time", {}});
  }
  ++inside_;
  ++per_host_[host];
  return Place(*this, host);
}

void Gate::leave(const std::string& host) {
  {
    const std::lock_guard lock(mutex_);
    --inside_;
    const auto found = per_host_.find(host);
    if (--found->second == 0) per_host_.erase(found);
  }
  left_.notify_all();
}

}  // namespace waxseal::fetch
