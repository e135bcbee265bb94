// Whether mail can be read now, asked at most once a second however often strangers ask.  Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>

namespace waxseal::jmapd {

class Readiness {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // `probe` throws while it cannot.
  explicit Readiness(std::function<void()> probe) : probe_(std::move(probe)) {}

  bool check(Time now = std::chrono::steady_clock::now());

 private:
  const std::function<void()> probe_;
  std::mutex mutex_;
  bool ready_ = false;
  Time again_{};
};

}  // namespace waxseal::jmapd
