// How many verifications run at once, whatever number of threads libmilter has.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace waxseal::milter {

class Limiter {
 public:
  explicit Limiter(std::size_t places) : free_(places) {}

  class Place {
   public:
    explicit Place(Limiter& limiter) : limiter_(&limiter) {}
    Place(Place&& other) noexcept : limiter_(std::exchange(other.limiter_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(limiter_, other.limiter_);
      return *this;
    }
    ~Place() {
      if (limiter_ != nullptr) limiter_->leave();
    }

   private:
    Limiter* limiter_;
  };

  // Waits for a place; nullopt: there was none until `deadline`.
  std::optional<Place> enter(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!place_free_.wait_until(lock, deadline, [&] { return free_ > 0; })) return std::nullopt;
    --free_;
    return std::optional<Place>(std::in_place, *this);
  }

 private:
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    place_free_.notify_one();  // not under the lock, for which whoever is woken would wait again
  }

  std::mutex mutex_;
  std::condition_variable place_free_;
  std::size_t free_;
};

}  // namespace waxseal::milter
