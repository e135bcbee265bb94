// From a host name to addresses, asked once per fetch (NET-04).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "fetch/address.h"
#include "fetch/failure.h"

namespace waxseal::fetch {

using Deadline = std::chrono::steady_clock::time_point;

class Resolver {
 public:
  virtual ~Resolver() = default;
  // Every address, at least one.  Thread-safe.
  virtual Result<std::vector<IpAddress>, Failure> resolve(const std::string& host, Deadline deadline) = 0;
};

// getaddrinfo() with a deadline: it has none of its own, so that it runs in a thread that may be left behind.
class SystemResolver final : public Resolver {
 public:
  Result<std::vector<IpAddress>, Failure> resolve(const std::string& host, Deadline deadline) override;
};

}  // namespace waxseal::fetch
