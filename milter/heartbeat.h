// Tells the MTA that we are still at it, whatever the thread that works on the message waits for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace waxseal::milter {

class Heartbeat {
 public:
  using Steady = std::chrono::steady_clock;

  // One thread for all messages, started with the first.
  explicit Heartbeat(std::chrono::milliseconds interval) : interval_(interval) {}
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;

  // From its first interval on `tell` is called once in each, on the heartbeat's thread; never after stop() returned.
  class Beat {
   public:
    Beat(Heartbeat& heartbeat, std::function<void()> tell);
    ~Beat() { stop(); }
    Beat(const Beat&) = delete;
    void stop();

   private:
    friend class Heartbeat;
    Heartbeat& heartbeat_;
    const std::function<void()> tell_;
    Steady::time_point next_;
    std::list<Beat*>::iterator place_;  // in beats_, while it beats
    bool beats_still_ = true;
  };

 private:
  void run();
  void tell_who_is_due(std::unique_lock<std::mutex>& lock);

  const std::chrono::milliseconds interval_;
  std::mutex mutex_;  // guards everything below, and what beats have
  std::condition_variable stopped_;
  std::condition_variable told_;
  std::list<Beat*> beats_;
  const Beat* telling_ = nullptr;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace waxseal::milter
