#include "lmtp/server.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::lmtp {

namespace {

using Steady = std::chrono::steady_clock;

// Ids of connections begin behind these.
constexpr std::uint64_t kSignalEvent = 0;
constexpr std::uint64_t kWakeEvent = 1;
constexpr std::uint64_t kFirstListener = 2;
constexpr std::uint64_t kFirstConnection = 1000;

constexpr int kTendMilliseconds = 250;

// A worker that nobody else needs waits so long for what its peer says next: that spares the way by the epoll thread.
constexpr int kLingerMilliseconds = 2;

void add_to(int epoll, int fd, std::uint32_t events, std::uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void rearm(int epoll, int fd, std::uint32_t events, std::uint64_t id) {
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.u64 = id;
  ::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

}  // namespace

Server::Server(ServerOptions options, ServiceSource service, const Clock& clock, std::vector<UniqueFd> listeners)
    : options_(options),
      service_(std::move(service)),
      clock_(clock),
      listeners_(std::move(listeners)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      next_id_(kFirstConnection) {
  if (!epoll_ || !wake_) throw std::system_error(errno, std::generic_category(), "epoll");
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    add_to(epoll_.get(), listeners_[i].get(), EPOLLIN, kFirstListener + i);
  add_to(epoll_.get(), wake_.get(), EPOLLIN, kWakeEvent);
  for (std::size_t i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
}

Server::~Server() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_there_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

Server::Use Server::use() const {
  const std::lock_guard lock(mutex_);
  return {connections_.size(), queue_.size()};
}

void Server::run(service::Signals& signals, const std::function<void()>& reload,
                 const std::function<void()>& on_drain) {
  service::Watchdog watchdog;
  add_to(epoll_.get(), signals.fd(), EPOLLIN, kSignalEvent);
  std::array<epoll_event, 64> events{};
  while (!drained()) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), kTendMilliseconds);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == kSignalEvent) {
        take_signal(signals, reload, on_drain);
      } else if (id == kWakeEvent) {
        eventfd_t count_of_finished = 0;
        ::eventfd_read(wake_.get(), &count_of_finished);
      } else if (id < kFirstConnection) {
        if (id - kFirstListener < listeners_.size()) accept_all(listeners_[id - kFirstListener].get());
      } else {
        queue(id);
      }
    }
    tend();
    watchdog.tend();
  }
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, signals.fd(), nullptr);
}

void Server::take_signal(service::Signals& signals, const std::function<void()>& reload,
                         const std::function<void()>& on_drain) {
  for (int number = signals.take(); number != 0; number = signals.take()) {
    if (number == SIGHUP) reload();
    if (number != SIGTERM && number != SIGINT) continue;
    begin_drain();
    if (on_drain) on_drain();
  }
}

void Server::begin_drain() {
  const std::lock_guard lock(mutex_);
  if (draining_) return;
  draining_ = true;
  drain_deadline_ = Steady::now() + options_.drain_timeout;
  listeners_.clear();
  service::log_info("draining", {{"connections", std::to_string(connections_.size())}});
}

bool Server::drained() {
  const std::lock_guard lock(mutex_);
  if (!draining_) return false;
  if (connections_.empty()) return true;
  if (Steady::now() < drain_deadline_) return false;
  service::log_warn("drain_timeout", {{"connections", std::to_string(connections_.size())}});
  return true;
}

void Server::accept_all(int listener) {
  for (;;) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    UniqueFd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      // Out of descriptors: the backlog keeps the peer, and connections that end make room.
      if (errno == EMFILE || errno == ENFILE) service::log_error("too_many_open_files");
      return;
    }
    const std::lock_guard lock(mutex_);
    if (connections_.size() >= options_.max_connections) {
      refuse(std::move(fd));
      continue;
    }
    const ConnectionId id = next_id_++;
    // Armed for writing: the greeting is the first thing to do, and a worker does it.
    add_to(epoll_.get(), fd.get(), EPOLLOUT | EPOLLONESHOT, id);
    connections_[id].connection = std::make_unique<Connection>(std::move(fd), Session(service_, clock_, peer));
  }
}

void Server::refuse(UniqueFd fd) {
  constexpr std::string_view kBusy = "421 4.3.2 too many connections, try again later\r\n";
  // Whether it arrives or not, the connection ends.
  service::metrics().add(service::Metric::kLmtpConnectionsRefused);
  [[maybe_unused]] const ssize_t sent = ::send(fd.get(), kBusy.data(), kBusy.size(), MSG_NOSIGNAL);
  service::log_warn("too_many_connections", {{"limit", std::to_string(options_.max_connections)}});
}

void Server::queue(ConnectionId id) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.state != State::kWaiting) return;
  found->second.state = State::kQueued;
  queue_.push_back(id);
  work_there_.notify_one();
}

void Server::tend() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = Steady::now();
  for (auto at = connections_.begin(); at != connections_.end();) {
    auto& [id, entry] = *at;
    if (entry.state == State::kFinished) {
      at = connections_.erase(at);
      continue;
    }
    ++at;
    if (entry.state != State::kWaiting) continue;  // a worker has it
    const bool too_long =
        now - entry.connection->last_progress() > options_.idle_timeout || entry.connection->overdue(now);
    if (!too_long && !(draining_ && entry.connection->idle())) continue;
    if (entry.connection->closing()) {  // it does not even take its 421
      if (too_long) entry.state = State::kFinished;
      continue;
    }
    if (too_long)
      entry.connection->close("4.4.2", "took too long");
    else
      entry.connection->close("4.3.2", "shutting down");
    entry.state = State::kQueued;
    queue_.push_back(id);
    work_there_.notify_one();
  }
}

void Server::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_workers_;
    work_there_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    --idle_workers_;
    if (stopping_) return;
    const ConnectionId id = queue_.front();
    queue_.pop_front();
    Connection& connection = *connections_.at(id).connection;  // nobody removes what is kQueued
    lock.unlock();
    work_on(id, connection);
    lock.lock();
  }
}

bool Server::more_comes_soon(const Connection& connection) const {
  {
    const std::lock_guard lock(mutex_);
    if (idle_workers_ == 0 || draining_ || stopping_) return false;
  }
  pollfd readable{.fd = connection.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&readable, 1, kLingerMilliseconds) > 0;
}

void Server::work_on(ConnectionId id, Connection& connection) {
  Connection::Wants wants = Connection::Wants::kClose;
  try {
    do {
      wants = connection.turn();
    } while (wants == Connection::Wants::kRead && more_comes_soon(connection));
  } catch (const std::exception& error) {  // memory: this peer must come again
    service::log_error("connection_failed", {{"error", error.what()}});
  }
  // Under the lock, so that the epoll thread sees the new state before it can see an event of the new arming.
  const std::lock_guard lock(mutex_);
  Entry& entry = connections_.at(id);
  entry.state = wants == Connection::Wants::kClose ? State::kFinished : State::kWaiting;
  if (wants == Connection::Wants::kClose) {
    ::eventfd_write(wake_.get(), 1);
  } else {
    // kTurn: whatever can be done is reported at once, behind what others wait for.
    rearm(epoll_.get(), connection.fd(), wants == Connection::Wants::kRead ? EPOLLIN : EPOLLOUT, id);
  }
}

}  // namespace waxseal::lmtp
