// One connected peer: its descriptor, its session, and what has been read or written by halves.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "lmtp/session.h"

namespace waxseal::lmtp {

using SteadyTime = std::chrono::steady_clock::time_point;

class Connection {
 public:
  enum class Wants { kRead, kWrite, kTurn, kClose };

  Connection(UniqueFd fd, Session session);

  // Reads, answers and writes as far as is possible without waiting for the peer, but at most kTurnOctets so that one
  // fast sender does not keep a worker for itself (then kTurn: it could go on at once).
  Wants turn();

  // 421 instead of what would come next; the next turn() sends it.
  void close(const std::string& enhanced, const std::string& text);

  bool closing() const { return session_.closed(); }

  int fd() const { return fd_.get(); }
  // Between messages, or at least not within one: a drain may end it here (G7).
  bool idle() const { return !session_.receiving(); }
  SteadyTime last_progress() const { return last_progress_; }
  // A message that takes longer than it may, however steadily it drips.
  bool overdue(SteadyTime now) const {
    const auto deadline = session_.deadline();
    return deadline && *deadline < now;
  }

  static constexpr std::size_t kTurnOctets = 4u << 20;

 private:
  bool flush();         // false: the peer does not take more now, or is gone
  bool take_pending();  // false: the session does not take more now

  UniqueFd fd_;
  Session session_;
  std::string pending_;  // read, but the session did not want it yet
  bool gone_ = false;
  SteadyTime last_progress_ = std::chrono::steady_clock::now();
};

}  // namespace waxseal::lmtp
