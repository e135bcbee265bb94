#include "milter/heartbeat.h"

#include <algorithm>
#include <utility>

namespace waxseal::milter {

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Heartbeat::Beat::Beat(Heartbeat& heartbeat, std::function<void()> tell)
    : heartbeat_(heartbeat), tell_(std::move(tell)), next_(Steady::now() + heartbeat.interval_) {
  const std::lock_guard lock(heartbeat_.mutex_);
  place_ = heartbeat_.beats_.insert(heartbeat_.beats_.end(), this);
  if (!heartbeat_.thread_.joinable()) heartbeat_.thread_ = std::thread([&heartbeat] { heartbeat.run(); });
}

void Heartbeat::Beat::stop() {
  std::unique_lock lock(heartbeat_.mutex_);
  if (!std::exchange(beats_still_, false)) return;
  heartbeat_.beats_.erase(place_);
  heartbeat_.told_.wait(lock, [this] { return heartbeat_.telling_ != this; });
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    stopped_.wait_for(lock, interval_ / 4);
    tell_who_is_due(lock);
  }
}

void Heartbeat::tell_who_is_due(std::unique_lock<std::mutex>& lock) {
  const auto now = Steady::now();
  const auto due = [&] {
    return std::find_if(beats_.begin(), beats_.end(), [&](const Beat* beat) { return beat->next_ <= now; });
  };
  for (auto found = due(); found != beats_.end(); found = due()) {
    Beat& beat = **found;
    beat.next_ = now + interval_;
    telling_ = &beat;
    lock.unlock();  // telling may take its time, others need not wait for it
    beat.tell_();
    lock.lock();
    telling_ = nullptr;
    told_.notify_all();
  }
}

}  // namespace waxseal::milter
