#include "milter/heartbeat.h"

namespace waxseal::milter {

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Heartbeat::Beat::Beat(Heartbeat& heartbeat, std::function<void()> tell) : state_(std::make_shared<State>()) {
  state_->tell = std::move(tell);
  state_->next = Steady::now() + heartbeat.interval_;
  const std::lock_guard lock(heartbeat.mutex_);
  heartbeat.beats_.push_back(state_);
  if (!heartbeat.thread_.joinable()) heartbeat.thread_ = std::thread([&heartbeat] { heartbeat.run(); });
}

void Heartbeat::Beat::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->tell = nullptr;
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, interval_ / 4);
    std::erase_if(beats_, [](const auto& beat) { return beat.expired(); });
    const auto beats = beats_;
    lock.unlock();  // telling may take its time, new messages need not wait for it
    for (const auto& beat : beats) {
      const auto state = beat.lock();
      if (!state) continue;
      const std::lock_guard telling(state->mutex);
      if (!state->tell || state->next > Steady::now()) continue;
      state->next = Steady::now() + interval_;
      state->tell();
    }
    lock.lock();
  }
}

}  // namespace waxseal::milter
