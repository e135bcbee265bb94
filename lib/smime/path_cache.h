// Candidate paths that the Verifier has judged, so that N messages of K units cost K path validations.  Revocation is
// not in them: it is asked for each message.  Private to lib/smime.
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "smime/lru.h"
#include "smime/path.h"

namespace waxseal::smime {

// Names trust snapshots by their content: two stores have the same number only if they hold the same certificates with
// the same removal times in the same order.  Certificates are compared by address, which is exact because each snapshot
// is kept alive while it has a number.
class TrustSnapshots {
 public:
  std::uint64_t number_of(const TrustStore& trust);

 private:
  struct Snapshot {
    TrustStore trust;
    std::uint64_t number;
  };
  std::mutex mutex_;
  std::list<Snapshot> recent_;
  std::uint64_t next_ = 1;
};

class PathCache {
 public:
  explicit PathCache(std::size_t capacity) : known_(capacity) {}

  struct Key {
    UnitId unit;
    std::uint64_t trust;
    Epoch epoch;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // Judged at some time in [T0, next_change) that covers `at`; nullptr: not known.
  std::shared_ptr<const CandidatePaths> get(const Key& key, Time at);
  // Never remembers internal_error.
  void put(const Key& key, Time judged_at, std::shared_ptr<const CandidatePaths> paths);

 private:
  struct Known {
    Time judged_at;
    std::shared_ptr<const CandidatePaths> paths;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<UnitId>{}(key.unit) ^ (key.trust << 1) ^ static_cast<std::size_t>(key.epoch);
    }
  };
  Lru<Key, Known, Hash> known_;
};

}  // namespace waxseal::smime
