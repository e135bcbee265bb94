// What failed is left alone for a while (NET-12): each URL by itself, and a host whose URLs keep failing as a whole.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "fetch/failure.h"

namespace waxseal::fetch {

// After the `failures`-th failure in a row: 1, 2, 5, 15, 60 minutes, and up to a tenth more as `seed` says.
Seconds retry_delay(int failures, std::string_view seed);

// Thread-safe, bounded.
class BackOff {
 public:
  // Why nothing may be tried now; nullopt: it may.
  std::optional<Failure> held_back(const std::string& url, const std::string& host, Time now) const;
  // Remembers the failure and gives it its retry_at.  `before`: failures in a row that the caller knows of.
  Failure note(const std::string& url, const std::string& host, Failure failure, Time now, int before);
  void succeeded(const std::string& url, const std::string& host);

 private:
  struct Entry {
    int failures = 0;
    std::optional<Time> until;  // nullopt: for ever
    FailureKind kind = FailureKind::kConnection;
  };
  void make_room(std::map<std::string, Entry>& entries, Time now);

  mutable std::mutex mutex_;
  std::map<std::string, Entry> urls_, hosts_;
};

}  // namespace waxseal::fetch
