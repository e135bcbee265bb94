// The LMTP server behind us: connections are kept and used again, and one that is down is not asked by everybody.
// Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lmtp/next_hop_client.h"

namespace waxseal::lmtp {

struct NextHopOptions {
  std::string address;   // as service::connect_to
  std::string hostname;  // ours
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{60'000};  // for one answer
};

class NextHop {
 public:
  static constexpr std::size_t kKept = 16;             // idle connections
  static constexpr std::chrono::seconds kKeptFor{30};  // then it would soon be the next hop that closes them
  static constexpr std::chrono::seconds kRest{2};      // after a failure, before it is asked again

  explicit NextHop(NextHopOptions options) : options_(std::move(options)) {}

  // A connection that was kept, or nullptr.  The other side may be closing it just now.
  std::unique_ptr<NextHopClient> take_kept();
  // A new one.  Throws NextHopFailure, at once if it failed for somebody else a moment ago.
  std::unique_ptr<NextHopClient> take_new();
  void give_back(std::unique_ptr<NextHopClient> client);

  // It failed, and should be left alone for a while.
  void failed(const std::string& why);
  bool resting() const;

 private:
  using Steady = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<NextHopClient> client;
    Steady::time_point since;
  };
  const NextHopOptions options_;
  mutable std::mutex mutex_;
  std::vector<Idle> idle_;
  std::string why_;
  Steady::time_point again_{};
};

}  // namespace waxseal::lmtp
