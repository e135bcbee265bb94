// What was read a moment ago.  Private to lib/store.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/sha256.h"
#include "smime/revocation.h"

namespace waxseal::store {

// As long as an operator's change of the trust anchors may go unnoticed (TrustCache): a verdict at delivery is then the
// one that it would have been a second earlier, and a message goes where it would have gone.  The present verdict of a
// unit is read together with the account's number and never from here.
inline constexpr std::chrono::seconds kRecentFor{1};

// Thread-safe; bounded.
template <class Key, class Value>
class Recent {
 public:
  std::optional<Value> find(const Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.expires <= Steady::now()) return std::nullopt;
    return entry->second.value;
  }
  void add(const Key& key, const Value& value) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kCapacity) entries_.clear();
    entries_.insert_or_assign(key, Entry{value, Steady::now() + kRecentFor});
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
  }

  // Who asks the same as another thread waits a little for its answer, instead of a connection of his own.  Held while
  // one reads; without the lock: he has waited long enough.
  using Turn = std::unique_lock<std::timed_mutex>;
  Turn turn(const Key& key) { return {turns_[std::hash<Key>()(key) % kTurns], kPatience}; }

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr std::size_t kCapacity = 1024;
  static constexpr std::size_t kTurns = 64;  // questions that share one by accident wait for each other, no more
  static constexpr std::chrono::milliseconds kPatience{50};  // many times what the reading takes
  struct Entry {
    Value value;
    Steady::time_point expires;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Key, Entry> entries_;
  std::array<std::timed_mutex, kTurns> turns_;
};

struct FoundEvidence {
  std::int64_t version = 0;  // of the evidence
  std::vector<smime::CertificateEvidence> evidence;
};
using RecentEvidence = Recent<Sha256, FoundEvidence>;  // by the digest of the questions

using RecentRecipients = Recent<std::string, AccountId>;  // by the address as it was asked for, and the delimiters

}  // namespace waxseal::store
