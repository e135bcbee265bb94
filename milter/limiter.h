// How many verifications run at once, whatever number of threads libmilter has.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace waxseal::milter {

class Limiter {
 public:
  explicit Limiter(std::size_t places) : free_(places) {}

  class Place {
   public:
    explicit Place(Limiter& limiter) : limiter_(limiter) {}
    Place(const Place&) = delete;
    ~Place() {
      const std::lock_guard lock(limiter_.mutex_);
      ++limiter_.free_;
      limiter_.place_free_.notify_one();
    }

   private:
    Limiter& limiter_;
  };

  // Waits for a place; `still_waiting` is called every `interval` meanwhile.
  Place enter(std::chrono::milliseconds interval, const std::function<void()>& still_waiting) {
    std::unique_lock lock(mutex_);
    while (!place_free_.wait_for(lock, interval, [&] { return free_ > 0; })) {
      lock.unlock();
      still_waiting();
      lock.lock();
    }
    --free_;
    return Place(*this);
  }

 private:
  std::mutex mutex_;
  std::condition_variable place_free_;
  std::size_t free_;
};

}  // namespace waxseal::milter
