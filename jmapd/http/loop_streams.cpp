// The part of the loop that keeps answers open which do not end: event streams.
#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>

#include "jmapd/http/loop.h"

namespace waxseal::jmapd::http {
namespace {

constexpr std::size_t kRead = 4096;  // of what such a client still says: nothing that matters

}  // namespace

void Server::Loop::begin_stream(Peer& peer, Now now) {
  peer.phase = Peer::Phase::kStreaming;
  peer.events->attach([this, events = peer.events.get(), fd = peer.fd.get()] {
    {
      const std::lock_guard lock(returned_mutex_);
      ready_streams_.push_back({fd, events});
    }
    wake();
  });
  pump(peer, now);
}

void Server::Loop::pump_ready_streams(Now now) {
  std::vector<ReadyStream> ready;
  {
    const std::lock_guard lock(returned_mutex_);
    ready.swap(ready_streams_);
  }
  for (const ReadyStream& stream : ready) {
    const auto found = peers_.find(stream.fd);  // the descriptor may be another client's by now
    if (found != peers_.end() && found->second->events.get() == stream.events) pump(*found->second, now);
  }
}

// Sends what the socket takes.
void Server::Loop::pump(Peer& peer, Now now) {
  if (peer.phase != Peer::Phase::kStreaming) return;
  const EventChannel::Pending pending = peer.events->take();
  peer.unsent += pending.octets;
  if (pending.too_slow || peer.unsent.size() > EventChannel::kMostPending) return drop(peer);
  const bool had_some = !peer.unsent.empty();
  while (!peer.unsent.empty()) {
    const ssize_t sent = peer.transport->send(peer.unsent.data(), peer.unsent.size());
    if (sent > 0) {
      peer.unsent.erase(0, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      return drop(peer);
    }
  }
  peer.last = peer.last || pending.last;
  if (peer.unsent.empty() && peer.last) return linger(peer, now);
  if (peer.unsent.empty()) {
    peer.deadline = Now::max();
  } else if (!had_some || peer.deadline == Now::max()) {
    peer.deadline = now + options_.write_timeout;
  }
  const bool blocked = !peer.unsent.empty() && peer.transport->send_wants() == POLLOUT;
  watch_peer(peer, EPOLLIN | EPOLLRDHUP | (blocked ? EPOLLOUT : 0u));
}

void Server::Loop::on_stream_event(Peer& peer, Now now) {
  std::array<char, kRead> octets;
  const ssize_t count = peer.transport->receive(octets.data(), octets.size());
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return drop(peer);
  pump(peer, now);
}

}  // namespace waxseal::jmapd::http
