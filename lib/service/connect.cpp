#include "service/connect.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "service/host_port.h"

namespace waxseal::service {

namespace {

// Error: errno's words.
Result<UniqueFd> connect_within(int family, const sockaddr* address, socklen_t size,
                                std::chrono::milliseconds timeout) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return unexpected(std::string(std::strerror(errno)));
  if (::connect(fd.get(), address, size) == 0) return fd;
  if (errno != EINPROGRESS) return unexpected(std::string(std::strerror(errno)));
  pollfd waiting{fd.get(), POLLOUT, 0};
  if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return unexpected("no answer");
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return unexpected(std::string(std::strerror(error)));
  return fd;
}

Result<UniqueFd> connect_unix(const std::string& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return unexpected("the path is empty or too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return connect_within(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, timeout);
}

Result<UniqueFd> connect_inet(const std::string& text, std::chrono::milliseconds timeout) {
  const auto name = split_host_port(text);
  if (!name) return unexpected("it is not inet:HOST:PORT");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(name->host.c_str(), name->port.c_str(), &hints, &found); error != 0)
    return unexpected(std::string(::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::string why = "the name has no address";
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    auto fd = connect_within(one->ai_family, one->ai_addr, one->ai_addrlen, timeout);
    if (!fd) {
      why = fd.error();
      continue;
    }
    const int on = 1;
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  return unexpected(why);
}

}  // namespace

Result<UniqueFd> connect_to(const std::string& address, std::chrono::milliseconds timeout) {
  Result<UniqueFd> fd = unexpected("it is neither \"inet:HOST:PORT\" nor \"unix:/path\"");
  if (address.starts_with("unix:")) fd = connect_unix(address.substr(5), timeout);
  if (address.starts_with("inet:")) fd = connect_inet(address.substr(5), timeout);
  if (fd) return fd;
  return unexpected("cannot connect to " + address + ": " + fd.error());
}

}  // namespace waxseal::service
