// Sockets and threads of waxseal-lmtpd: one epoll thread that waits for everybody, a fixed pool that works.
//
// A connection costs a thread only while there is something to do for it: octets to take, a message to judge and store,
// answers to write.  Peers that are idle, slow or silent cost a descriptor and a few hundred octets.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "lmtp/connection.h"
#include "service/lifecycle.h"

namespace waxseal::lmtp {

struct ServerOptions {
  std::size_t workers = 8;
  std::size_t max_connections = 200;
  std::chrono::milliseconds idle_timeout{300'000};
  std::chrono::milliseconds drain_timeout{30'000};  // G7
};

class Server {
 public:
  Server(ServerOptions options, ServiceSource service, const Clock& clock, std::vector<UniqueFd> listeners);
  ~Server();

  // Serves until SIGTERM or SIGINT, then drains: no new connections, 421 for those between messages, and messages that
  // are being received or stored are finished (at most drain_timeout).  SIGHUP calls `reload`; `on_drain` is called
  // when the drain begins.
  void run(service::Signals& signals, const std::function<void()>& reload, const std::function<void()>& on_drain = {});

  struct Use {
    std::size_t connections = 0;
    std::size_t queued = 0;  // of them, waiting for a worker
  };
  Use use() const;

 private:
  using ConnectionId = std::uint64_t;
  enum class State { kWaiting, kQueued, kFinished };  // kQueued: waits for a worker or has one
  struct Entry {
    std::unique_ptr<Connection> connection;
    State state = State::kWaiting;
  };

  // epoll thread
  void watch(int fd, ConnectionId id);
  void accept_all(int listener);
  void refuse(UniqueFd fd);
  void take_signal(service::Signals& signals, const std::function<void()>& reload,
                   const std::function<void()>& on_drain);
  void begin_drain();
  void tend();  // idle timeouts, drain, and removal of what is finished
  bool drained();
  void queue(ConnectionId id);

  // worker threads
  void work();
  void work_on(ConnectionId id, Connection& connection);
  bool more_comes_soon(const Connection& connection) const;

  ServerOptions options_;
  ServiceSource service_;
  const Clock& clock_;
  std::vector<UniqueFd> listeners_;
  UniqueFd epoll_;
  UniqueFd wake_;  // eventfd: a connection has finished

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable work_there_;
  std::unordered_map<ConnectionId, Entry> connections_;
  std::deque<ConnectionId> queue_;
  std::size_t idle_workers_ = 0;
  bool draining_ = false;
  bool stopping_ = false;

  ConnectionId next_id_ = 0;
  SteadyTime drain_deadline_;
  std::vector<std::thread> workers_;
};

}  // namespace waxseal::lmtp
