#include "cli/http_get.h"

#include <poll.h>
#include <sys/socket.h>

#include <charconv>

#include "service/connect.h"

namespace waxseal::cli {

namespace {

bool wait_for(int fd, short events, std::chrono::milliseconds patience) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, static_cast<int>(patience.count())) == 1;
}

bool send_all(int fd, std::string_view octets, std::chrono::milliseconds patience) {
  while (!octets.empty()) {
    if (!wait_for(fd, POLLOUT, patience)) return false;
    const ssize_t sent = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Until the other side closes.
std::string read_all(int fd, std::chrono::milliseconds patience) {
  std::string out;
  char piece[16384];
  while (out.size() < kMostOctets && wait_for(fd, POLLIN, patience)) {
    const ssize_t got = ::recv(fd, piece, sizeof piece, 0);
    if (got <= 0) break;
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

}  // namespace

Result<HttpAnswer> http_get(const std::string& address, const std::string& path, std::chrono::milliseconds patience) {
  const auto fd = service::connect_to(address, patience);
  if (!fd) return unexpected(fd.error());
  if (!send_all(fd->get(), "GET " + path + " HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n", patience))
    return unexpected(address + " took no request");
  const std::string answer = read_all(fd->get(), patience);
  HttpAnswer out;
  const std::size_t head_end = answer.find("\r\n\r\n");
  const std::size_t space = answer.find(' ');
  if (!answer.starts_with("HTTP/1.") || head_end == answer.npos || space > head_end)
    return unexpected(address + " does not speak HTTP: is it the address of another program?");
  std::from_chars(answer.data() + space + 1, answer.data() + head_end, out.status);
  out.body = answer.substr(head_end + 4);
  return out;
}

}  // namespace waxseal::cli
