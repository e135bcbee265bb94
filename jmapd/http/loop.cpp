#include "jmapd/http/loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "jmapd/http/date.h"
#include "jmapd/http/forwarded.h"
#include "service/log.h"

namespace waxseal::jmapd::http {
namespace {

constexpr std::chrono::milliseconds kTick{250};  // resolution of all timeouts
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kRead = 64 * 1024;    // octets taken from one connection before others have their turn
constexpr std::size_t kRefusedAtOnce = 64;  // connections above the limit that are still told why
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

UniqueFd require(int fd, const char* what) {
  if (fd < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return UniqueFd(fd);
}

void watch(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll, operation, fd, &event);
}

}  // namespace

Server::Loop::Loop(ServerOptions options, const Clock& clock, Handler handler, RefusalPage page)
    : options_(std::move(options)),
      rules_{options_.max_body, options_.max_upload, options_.is_upload, options_.spool_directory},
      clock_(clock),
      handler_(std::move(handler)),
      page_(std::move(page)),
      epoll_(require(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(require(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      queue_(options_.max_queue) {
  watch(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), EPOLLIN);
}

Server::Loop::~Loop() {
  stop();
}

void Server::Loop::listen(UniqueFd listener, const TlsCredentials* tls) {
  listeners_.push_back({std::move(listener), tls});
}

void Server::Loop::start() {
  for (const Listener& listener : listeners_) watch(epoll_.get(), EPOLL_CTL_ADD, listener.fd.get(), EPOLLIN);
  for (std::size_t i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
  thread_ = std::thread([this] { run(); });
}

void Server::Loop::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  queue_.close();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  for (const auto& [fd, peer] : peers_) {
    if (peer->events) peer->events->detach();
  }
  peers_.clear();
}

void Server::Loop::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);  // a full counter has woken the loop already
}

void Server::Loop::run() {
  while (true) {
    wait_for_events();
    const Now now = std::chrono::steady_clock::now();
    pump_ready_streams(now);
    if (stopping_ && !draining_) begin_stop(now);
    if (draining_ && finished(now)) return;
    if (now >= next_expiry_) expire(now);
  }
}

void Server::Loop::wait_for_events() {
  std::array<epoll_event, 128> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), kTick.count());
  const Now now = std::chrono::steady_clock::now();
  take_back_returned(now);  // first: one of them may be heard of already
  for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)].data.fd, now);
}

void Server::Loop::on_event(int fd, Now now) {
  if (fd == wake_.get()) {
    std::uint64_t count = 0;
    (void)!::read(fd, &count, sizeof count);
    return;
  }
  const auto found = peers_.find(fd);
  if (found == peers_.end()) {
    for (const Listener& listener : listeners_) {
      if (listener.fd.get() == fd) accept_all(listener, now);
    }
    return;
  }
  Peer& peer = *found->second;
  if (peer.phase == Peer::Phase::kReading)
    read_request(peer, now);
  else if (peer.phase == Peer::Phase::kStreaming)
    on_stream_event(peer, now);
  else if (peer.phase == Peer::Phase::kLingering)
    discard(peer);
}

void Server::Loop::accept_all(const Listener& listener, Now now) {
  bool out_of_descriptors = false;
  while (auto peer = accept_peer(listener.fd.get(), listener.tls, rules_, out_of_descriptors))
    admit(std::move(peer), now);
  if (out_of_descriptors && !listeners_paused_) {
    service::log_error("out_of_descriptors", {{"connections", std::to_string(peers_.size())}});
    watch_listeners(false);
  }
}

void Server::Loop::watch_listeners(bool on) {
  listeners_paused_ = !on;
  for (const Listener& listener : listeners_) {
    watch(epoll_.get(), EPOLL_CTL_MOD, listener.fd.get(), on ? std::uint32_t{EPOLLIN} : 0u);
  }
}

void Server::Loop::admit(std::unique_ptr<Peer> accepted, Now now) {
  if (peers_.size() >= options_.max_connections + kRefusedAtOnce) return;
  Peer& peer = *accepted;
  peers_[peer.fd.get()] = std::move(accepted);
  watch(epoll_.get(), EPOLL_CTL_ADD, peer.fd.get(), EPOLLONESHOT);
  if (peers_.size() > options_.max_connections) return refuse(peer, {503, "too many connections"}, now);
  wait_for_more(peer, now);
}

void Server::Loop::read_request(Peer& peer, Now now) {
  std::array<char, kRead> octets;
  ssize_t count = 0;
  do {
    count = peer.transport->receive(octets.data(), octets.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return drop(peer);
    if (count > 0) peer.reader.feed({octets.data(), static_cast<std::size_t>(count)});
  } while (count > 0 && peer.transport->has_more());
  account(peer);
  if (buffered_ > options_.max_buffered || spooled_ > options_.max_spooled) {
    return refuse(peer, {503, "too many requests are being read"}, now);
  }
  settle(peer, now);
}

void Server::Loop::settle(Peer& peer, Now now) {
  if (peer.reader.state() == RequestReader::State::kReady) return dispatch(peer, now);
  if (peer.reader.state() == RequestReader::State::kRefused) return refuse(peer, peer.reader.refusal(), now);
  if (peer.reader.take_continue()) {
    (void)peer.transport->send(kContinue.data(), kContinue.size());
  }
  wait_for_more(peer, now);
}

void Server::Loop::wait_for_more(Peer& peer, Now now) {
  set_deadline(peer, now);
  watch_peer(peer, peer.transport->receive_wants() == POLLOUT ? EPOLLOUT : EPOLLIN);
}

void Server::Loop::set_deadline(Peer& peer, Now now) {
  if (peer.timed != peer.reader.state() || peer.deadline == Peer::Deadline()) {
    peer.timed = peer.reader.state();
    peer.deadline = now + (peer.timed == RequestReader::State::kIdle   ? options_.idle_timeout
                           : peer.timed == RequestReader::State::kHead ? options_.head_timeout
                           : peer.reader.uploading()                   ? options_.upload_timeout
                                                                       : options_.body_timeout);
  }
}

void Server::Loop::watch_peer(Peer& peer, std::uint32_t events) {
  watch(epoll_.get(), EPOLL_CTL_MOD, peer.fd.get(), events | EPOLLONESHOT);
}

void Server::Loop::dispatch(Peer& peer, Now now) {
  peer.phase = Peer::Phase::kWorking;
  if (queue_.push(&peer)) return;
  peer.phase = Peer::Phase::kReading;
  refuse(peer, {503, "too many requests are waiting"}, now);
}

void Server::Loop::refuse(Peer& peer, const Refusal& refusal, Now now) {
  service::log_info("request_refused",
                    {{"source", peer.source}, {"status", std::to_string(refusal.status)}, {"reason", refusal.reason}});
  Request request;
  request.method = "GET";
  Output output(*peer.transport, peer.fd.get(),
                now);  // a deadline of now: what does not fit into the socket's buffer is not sent
  front_.serve(
      request, [&](const Request&) { return dated(page_(refusal)); }, Connection::kClose, output);
  linger(peer, now);
}

void Server::Loop::linger(Peer& peer, Now now) {
  peer.transport->shut_for_writing();
  ::shutdown(peer.fd.get(), SHUT_WR);
  peer.reader = RequestReader(rules_);
  account(peer);
  peer.phase = Peer::Phase::kLingering;
  peer.deadline = now + kLinger;
  if (peer.events) std::exchange(peer.events, nullptr)->detach();
  watch_peer(peer, EPOLLIN);
}

void Server::Loop::discard(Peer& peer) {
  std::array<char, kRead> octets;
  const ssize_t count = ::recv(peer.fd.get(), octets.data(), octets.size(), 0);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return drop(peer);
  watch_peer(peer, EPOLLIN);
}

void Server::Loop::account(Peer& peer) {
  buffered_ += peer.reader.buffered() - peer.accounted;
  spooled_ += peer.reader.spooled() - peer.spooled;
  peer.accounted = peer.reader.buffered();
  peer.spooled = peer.reader.spooled();
}

void Server::Loop::drop(Peer& peer) {
  peer.reader = RequestReader(rules_);
  account(peer);
  if (peer.events) peer.events->detach();
  peers_.erase(peer.fd.get());
}

void Server::Loop::take_back_returned(Now now) {
  std::vector<Peer*> returned;
  {
    const std::lock_guard lock(returned_mutex_);
    returned.swap(returned_);
  }
  for (Peer* peer : returned) take_back(*peer, now);
}

void Server::Loop::take_back(Peer& peer, Now now) {
  peer.phase = Peer::Phase::kReading;
  peer.deadline = Peer::Deadline();  // a new wait begins
  if (peer.broken) return drop(peer);
  account(peer);
  if (peer.events && !draining_) return begin_stream(peer, now);
  if (!peer.keep || draining_) return linger(peer, now);
  peer.watched ? set_deadline(peer, now) : settle(peer, now);
}

void Server::Loop::expire(Now now) {
  next_expiry_ = now + kTick;
  if (listeners_paused_) watch_listeners(true);
  std::vector<Peer*> late;
  for (const auto& [fd, peer] : peers_) {
    if (peer->phase != Peer::Phase::kWorking && peer->deadline <= now) late.push_back(peer.get());
  }
  for (Peer* peer : late) {
    const bool in_request = peer->phase == Peer::Phase::kReading && peer->timed != RequestReader::State::kIdle;
    in_request ? refuse(*peer, {408, "the request came too slowly"}, now) : drop(*peer);
  }
}

void Server::Loop::begin_stop(Now now) {
  draining_ = true;
  drain_deadline_ = now + options_.drain;
  listeners_.clear();
  std::vector<Peer*> idle;
  for (const auto& [fd, peer] : peers_) {
    if (peer->phase == Peer::Phase::kReading || peer->phase == Peer::Phase::kStreaming) idle.push_back(peer.get());
  }
  for (Peer* peer : idle) drop(*peer);
}

bool Server::Loop::finished(Now now) {
  if (peers_.empty()) return true;  // those that linger expire soon
  if (now < drain_deadline_) return false;
  for (const auto& [fd, peer] : peers_) ::shutdown(fd, SHUT_RDWR);  // a worker that waits for a client waits no more
  return true;
}

void Server::Loop::work() {
  Front front;
  while (const auto peer = queue_.pop()) {
    try {
      answer(**peer, front);
    } catch (const std::exception& error) {  // out of memory, above all: this connection ends, the worker does not
      service::log_error("answer_failed", {{"error", error.what()}});
      (*peer)->broken = true;
    }
    give_back(**peer);
  }
}

// The loop need not be woken for a connection that does nothing but wait for its next request: it is watched from here,
// and the loop takes it back with whatever it hears next.
void Server::Loop::give_back(Peer& peer) {
  // TLS may hold octets, or wait to write.
  peer.watched = peer.keep && !peer.broken && !peer.events && !peer.transport->secure() &&
                 peer.reader.state() == RequestReader::State::kIdle;
  const bool watched = peer.watched;
  const int fd = peer.fd.get();
  const std::lock_guard lock(returned_mutex_);  // the loop cannot let go of the peer before the end
  returned_.push_back(&peer);
  watched ? watch(epoll_.get(), EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT) : wake();
}

Response Server::Loop::dated(Response response) const {
  return std::move(response.with("Date", format_http_date(clock_.now())));
}

void Server::Loop::answer(Peer& peer, Front& front) {
  auto [request, keep_alive] = peer.reader.take();
  request.source = peer.source;
  request.secure = peer.transport->secure();
  apply_forwarded(request, options_.trusted_proxies);
  peer.keep = keep_alive && !stopping_;
  Output output(*peer.transport, peer.fd.get(), std::chrono::steady_clock::now() + options_.write_timeout);
  Response response = dated(handled(request));
  if (response.events) {
    peer.broken = !begin_events(peer, response, output);
    return;
  }
  const auto handler = [&](const Request&) { return std::move(response); };
  peer.broken = !front.serve(request, handler, peer.keep ? Connection::kKeep : Connection::kClose, output);
}

Response Server::Loop::handled(const Request& request) const {
  try {
    return handler_(request);
  } catch (const std::exception& error) {  // what() is for the log, never for the client
    service::log_error("handler_failed", {{"error", error.what()}});
    return {};
  }
}

// The head of an answer that does not end: without a length, so that the end of the connection is its end.
bool Server::Loop::begin_events(Peer& peer, const Response& response, Output& output) {
  peer.keep = false;
  peer.events = response.events;
  std::string head = "HTTP/1.1 200 OK\r\nContent-Type: " + response.content_type + "\r\nConnection: close\r\n";
  for (const Field& field : response.fields) head += field.name + ": " + field.value + "\r\n";
  return output.write(head + "\r\n") && output.flush();
}

}  // namespace waxseal::jmapd::http
