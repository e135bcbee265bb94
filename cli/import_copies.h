// The same message at several places of one import: the first to come stores it, the others wait for that.
#pragma once

#include <condition_variable>
#include <mutex>
#include <unordered_map>

#include "base/sha256.h"

namespace waxseal::cli {

// Thread-safe.  Takes about 100 octets for each message of the run.
class ImportCopies {
 public:
  // Held while a message is imported.  The first claim of a key never waits, so that no two wait for each other.
  class Claim {
   public:
    Claim(ImportCopies& copies, const Sha256& key) : copies_(copies), key_(key) {
      std::unique_lock lock(copies_.mutex_);
      first_ = copies_.finished_.emplace(key_, false).second;
      if (!first_) copies_.changed_.wait(lock, [&] { return copies_.finished_.at(key_); });
    }
    ~Claim() {
      if (!first_) return;
      {
        const std::lock_guard lock(copies_.mutex_);
        copies_.finished_.at(key_) = true;
      }
      copies_.changed_.notify_all();
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    bool first() const { return first_; }

   private:
    ImportCopies& copies_;
    const Sha256 key_;
    bool first_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Sha256, bool> finished_;
};

}  // namespace waxseal::cli
