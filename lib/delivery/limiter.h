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

  using Steady = std::chrono::steady_clock;
  // Waits for a place; nullopt: there was none until `deadline`.
  std::optional<Place> enter(Steady::time_point deadline = Steady::time_point::max()) {
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

// A message of so many octets is verified in a fraction of a millisecond and takes no memory to speak of.  Places for
// such ones are many: to wait for one costs more than to share the processors, and none waits behind a long message.
inline constexpr std::size_t kShortOctets = 64 * 1024;
inline constexpr std::size_t kShortPlaces = 8;  // for each one of a long message

class Places {
 public:
  // `verifications` of long messages at once; 0: one for each processor.
  explicit Places(std::size_t verifications)
      : long_(places(verifications)), short_(places(verifications) * kShortPlaces) {}

  Limiter& of_size(std::size_t octets) { return octets <= kShortOctets ? short_ : long_; }

 private:
  static std::size_t places(std::size_t verifications) {
    return verifications > 0 ? verifications : std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  }

  Limiter long_, short_;
};

}  // namespace waxseal::delivery
