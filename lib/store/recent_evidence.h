// Evidence that was read a moment ago.  Private to lib/store.
#pragma once

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

 private:
  using Steady = std::chrono::steady_clock;
  struct Entry {
    Found found;
    Steady::time_point expires;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry> entries_;
};

}  // namespace waxseal::store
