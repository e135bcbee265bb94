// Ends the wait for a server that does not answer.  PostgreSQL keeps statement_timeout itself, but only while it runs:
// a stopped server or a hanging disk would hold a worker for ever, and with it an MTA that waits for a reply (G6).
// Private to lib/store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace waxseal::store {

class Connection;

// Thread-safe.  Its thread starts with the first watch.
class Overseer {
 public:
  Overseer() = default;
  ~Overseer();
  Overseer(const Overseer&) = delete;

  // When `patience` is over, `socket` is shut down: whoever waits for an answer there sees a lost connection.
  void watch(const Connection& connection, int socket, std::chrono::milliseconds patience);
  void forget(const Connection& connection);

 private:
  using Steady = std::chrono::steady_clock;
  struct Watched {
    int socket = -1;
    Steady::time_point deadline;
  };

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<const Connection*, Watched> watched_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace waxseal::store
