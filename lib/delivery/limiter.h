// How many verifications run at once, however many messages are received and stored meanwhile: a bound of memory, and
// more than there are processors are done no sooner.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace waxseal::delivery {

// A message of so many octets is verified in a fraction of a millisecond and takes no memory to speak of.
inline constexpr std::size_t kShortOctets = 64 * 1024;

class Limiter {
 public:
  // 0: a place for each processor.
  explicit Limiter(std::size_t places)
      : free_(places > 0 ? places : std::max<std::size_t>(std::thread::hardware_concurrency(), 1)) {}

  class Place {
   public:
    explicit Place(Limiter& limiter) : limiter_(&limiter) {}
    Place(Place&& other) noexcept : limiter_(std::exchange(other.limiter_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(limiter_, other.limiter_);
      return *this;
    }
    ~Place() {
      if (limiter_ == nullptr) return;
      const std::lock_guard lock(limiter_->mutex_);
      ++limiter_->free_;
      limiter_->place_free_.notify_one();
    }

   private:
    Limiter* limiter_;
  };

  // Waits for a place.
  Place enter() {
    std::unique_lock lock(mutex_);
    place_free_.wait(lock, [&] { return free_ > 0; });
    --free_;
    return Place(*this);
  }
  // The same; nullopt: there was none until `deadline`.
  std::optional<Place> enter(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!place_free_.wait_until(lock, deadline, [&] { return free_ > 0; })) return std::nullopt;
    --free_;
    return std::optional<Place>(std::in_place, *this);
  }

 private:
  std::mutex mutex_;
  std::condition_variable place_free_;
  std::size_t free_;
};

}  // namespace waxseal::delivery
