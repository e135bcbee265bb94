#include "lmtp/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <vector>

namespace waxseal::lmtp {

namespace {

constexpr std::size_t kReadOctets = 128 * 1024;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

Connection::Connection(UniqueFd fd, Session session) : fd_(std::move(fd)), session_(std::move(session)) {}

bool Connection::flush() {
  std::string& output = session_.output();
  std::size_t sent = 0;
  while (sent < output.size()) {
    const ssize_t n = ::send(fd_.get(), output.data() + sent, output.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      gone_ = !would_block(errno);
      break;
    }
    sent += static_cast<std::size_t>(n);
    last_progress_ = std::chrono::steady_clock::now();
  }
  output.erase(0, sent);
  return output.empty();
}

bool Connection::take_pending() {
  pending_.erase(0, session_.feed(pending_));
  return pending_.empty();
}

Connection::Wants Connection::turn() {
  thread_local std::vector<char> buffer(kReadOctets);
  for (std::size_t taken = 0; taken < kTurnOctets;) {
    if (!flush()) return gone_ ? Wants::kClose : Wants::kWrite;
    if (session_.closed()) return Wants::kClose;
    if (!pending_.empty() && !take_pending()) continue;
    if (!session_.output().empty()) continue;

    const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && would_block(errno)) return Wants::kRead;
    if (n <= 0) return Wants::kClose;
    last_progress_ = std::chrono::steady_clock::now();
    const Octets in(buffer.data(), static_cast<std::size_t>(n));
    taken += in.size();
    pending_ = in.substr(session_.feed(in));
  }
  return Wants::kTurn;
}

void Connection::close(const std::string& enhanced, const std::string& text) {
  pending_.clear();
  session_.close(enhanced, text);
}

}  // namespace waxseal::lmtp
