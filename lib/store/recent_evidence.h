// Evidence that was read a moment ago.  Private to lib/store.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/sha256.h"
#include "smime/revocation.h"

namespace waxseal::store {

// As long as an operator's change of the trust anchors may go unnoticed (TrustCache): a verdict at delivery is then the
// one that it would have been a second earlier.  The present verdict of a unit is read under the account's lock and
// never from here.
inline constexpr std::chrono::seconds kEvidenceIsRecent{1};

// Thread-safe; bounded.
class RecentEvidence {
 public:
  struct Found {
    std::int64_t version = 0;  // of the evidence
    std::vector<smime::CertificateEvidence> evidence;
  };
  std::optional<Found> find(const Sha256& questions) const;
  void add(const Sha256& questions, const Found& found);

  // Who asks the same as another thread waits a little for its answer, instead of a connection of his own.  Held while
  // one reads; without the lock: he has waited long enough.
  using Turn = std::unique_lock<std::timed_mutex>;
  Turn turn(const Sha256& questions);

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr std::size_t kTurns = 64;  // questions that share one by accident wait for each other, no more
  struct Entry {
    Found found;
    Steady::time_point expires;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry> entries_;
  std::array<std::timed_mutex, kTurns> turns_;
};

}  // namespace waxseal::store
