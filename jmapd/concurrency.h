// maxConcurrentRequests of RFC 8620 section 2: per principal.  Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/ids.h"

namespace waxseal::jmapd {

class Concurrency {
 public:
  explicit Concurrency(std::size_t limit) : limit_(limit) {}

  // One request in hand, as long as it lives.
  class Place {
   public:
    Place(Concurrency& of, AccountId account) : of_(&of), account_(account) {}
    Place(Place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), account_(other.account_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (of_) of_->leave(account_);
    }

   private:
    Concurrency* of_;
    AccountId account_;
  };
  // nullopt: the principal has as many in hand as it may.
  std::optional<Place> enter(AccountId account) {
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[account];
    if (count >= limit_) return std::nullopt;
    ++count;
    return std::optional<Place>(std::in_place, *this, account);
  }

 private:
  void leave(AccountId account) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(account);
    if (--found->second == 0) counts_.erase(found);
  }

  const std::size_t limit_;
  std::mutex mutex_;
  std::unordered_map<AccountId, std::size_t> counts_;
};

}  // namespace waxseal::jmapd
