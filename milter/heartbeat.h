// Tells the MTA that we are still at it, whatever the thread that works on the message waits for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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
    struct State {
      std::mutex mutex;
      std::function<void()> tell;  // empty: stopped
      Steady::time_point next;
    };
    std::shared_ptr<State> state_;
  };

 private:
  void run();

  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::weak_ptr<Beat::State>> beats_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace waxseal::milter
