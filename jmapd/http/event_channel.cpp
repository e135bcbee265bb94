#include "jmapd/http/event_channel.h"

#include <utility>

namespace waxseal::jmapd::http {

void EventChannel::send(Octets octets) {
  const std::lock_guard lock(mutex_);
  if (gone_ || finished_) return;
  too_slow_ = too_slow_ || pending_.size() + octets.size() > kMostPending;
  if (!too_slow_) pending_ += octets;
  if (wake_) wake_();
}

void EventChannel::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  if (wake_) wake_();
}

bool EventChannel::open() const {
  const std::lock_guard lock(mutex_);
  return !gone_ && !finished_ && !too_slow_;
}

void EventChannel::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void EventChannel::detach() {
  const std::lock_guard lock(mutex_);
  gone_ = true;
  wake_ = nullptr;
  pending_.clear();
}

EventChannel::Pending EventChannel::take() {
  const std::lock_guard lock(mutex_);
  return {std::exchange(pending_, {}), finished_, too_slow_};
}

}  // namespace waxseal::jmapd::http
