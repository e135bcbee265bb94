#include "jmapd/http/output.h"

#include <poll.h>

#include <cerrno>

namespace waxseal::jmapd::http {
namespace {

constexpr std::size_t kCollect = 64 * 1024;

}  // namespace

bool Output::write(Octets octets) {
  if (failed_) return false;
  pending_.append(octets);
  return pending_.size() < kCollect || flush();
}

bool Output::flush() {
  std::string_view left = pending_;
  while (!failed_ && !left.empty()) {
    const ssize_t sent = transport_.send(left.data(), left.size());
    if (sent > 0) {
      left.remove_prefix(static_cast<std::size_t>(sent));
      written_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      failed_ = !wait_writable();
    } else if (errno != EINTR) {
      failed_ = true;
    }
  }
  pending_.clear();
  return !failed_;
}

bool Output::wait_writable() const {
  const auto deadline = deadline_ + std::chrono::milliseconds(written_ * 1000 / kSlowest);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  pollfd descriptor{fd_, transport_.send_wants(), 0};
  const int ready = ::poll(&descriptor, 1, static_cast<int>(left.count()));
  return ready > 0 || (ready < 0 && errno == EINTR);
}

}  // namespace waxseal::jmapd::http
