// How often something may be done, in all and for each host (NET-02).
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"

namespace waxseal::fetch {

// Thread-safe, bounded.
class TokenBuckets {
 public:
  TokenBuckets(std::size_t per_hour, std::size_t per_hour_and_host)
      : per_hour_(per_hour), per_hour_and_host_(per_hour_and_host) {}

  // Takes a token of both.  Otherwise takes none and says when the next one is there.
  std::optional<Time> take(const std::string& host, Time now);

 private:
  struct Bucket {
    std::int64_t credit = 0;  // a token costs an hour's seconds
    Time at;
  };
  static Bucket filled(const Bucket& bucket, std::size_t per_hour, Time now);
  void make_room(Time now);

  const std::size_t per_hour_, per_hour_and_host_;
  std::mutex mutex_;
  std::optional<Bucket> all_;
  std::map<std::string, Bucket> hosts_;
};

}  // namespace waxseal::fetch
