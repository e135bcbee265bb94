#include "service/listen.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "service/host_port.h"

namespace waxseal::service {

namespace {

constexpr int kKind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

std::string because(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

std::optional<mode_t> octal_mode(const std::string& text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777) return std::nullopt;
  return static_cast<mode_t>(mode);
}

// Is somebody listening there?  A socket file that nobody answers is left over from a crash.
bool answers(const sockaddr_un& address) {
  const UniqueFd probe(::socket(AF_UNIX, kKind, 0));
  const int connected = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return connected == 0 || errno == EAGAIN;  // EAGAIN: a full backlog, but alive
}

Result<Done> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return Done{};
  if (!S_ISSOCK(status.st_mode))
    return unexpected(path + " exists and is not a socket; remove it or configure another path");
  if (answers(address)) return unexpected(path + " is in use by a running program; stop it or configure another path");
  if (::unlink(path.c_str()) != 0) return unexpected(because("the stale socket " + path + " cannot be removed"));
  return Done{};
}

Result<UniqueFd> listen_unix(const std::string& path, const std::string& socket_mode) {
  const auto mode = octal_mode(socket_mode);
  if (!mode) return unexpected("the socket mode \"" + socket_mode + "\" is not octal; write for example \"0660\"");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return unexpected("the socket path \"" + path + "\" is empty or longer than 107 octets");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (auto removed = remove_stale(path, address); !removed) return unexpected(removed.error());

  UniqueFd fd(::socket(AF_UNIX, kKind, 0));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return unexpected(because("cannot create the socket " + path) +
                      "; does its directory exist, and may this user write there?");
  // Nobody can connect before listen(), so that the mode is right from the first connection on.
  if (::chmod(path.c_str(), *mode) != 0) return unexpected(because("cannot set the mode of " + path));
  if (::listen(fd.get(), SOMAXCONN) != 0) return unexpected(because("cannot listen on " + path));
  return fd;
}

Result<UniqueFd> listen_inet(const std::string& text) {
  const auto name = split_host_port(text);
  if (!name) return unexpected("\"inet:" + text + "\" is not inet:HOST:PORT or inet:[IPv6]:PORT");
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(name->host.c_str(), name->port.c_str(), &hints, &found); error != 0)
    return unexpected("\"inet:" + text + "\": " + ::gai_strerror(error) + "; give a numeric address and port");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);

  UniqueFd fd(::socket(found->ai_family, kKind, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited: no answer waits for an acknowledgement
  if (found->ai_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
    return unexpected(because("cannot listen on inet:" + text) + "; is another program using the port?");
  return fd;
}

}  // namespace

Result<UniqueFd> listen_on(const std::string& address, const std::string& socket_mode) {
  if (address.starts_with("unix:")) return listen_unix(address.substr(5), socket_mode);
  if (address.starts_with("inet:")) return listen_inet(address.substr(5));
  return unexpected("\"" + address + "\" is neither \"inet:HOST:PORT\" nor \"unix:/path\"");
}

std::vector<PassedSocket> sockets_from_systemd() {
  constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    std::string text = value ? value : "";
    ::unsetenv(name);
    return text;
  };
  const std::string pid = variable("LISTEN_PID"), count = variable("LISTEN_FDS"), names = variable("LISTEN_FDNAMES");
  std::vector<PassedSocket> out;
  int wanted = 0;
  const auto parsed = std::from_chars(count.data(), count.data() + count.size(), wanted);
  if (pid != std::to_string(::getpid()) || parsed.ec != std::errc() || wanted < 1) return out;
  std::string_view left = names;
  for (int fd = kFirst; fd < kFirst + wanted; ++fd) {
    const std::size_t colon = std::min(left.find(':'), left.size());
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    out.push_back({UniqueFd(fd), std::string(left.substr(0, colon))});
    left.remove_prefix(std::min(colon + 1, left.size()));
  }
  return out;
}

int local_port(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return 0;
}

}  // namespace waxseal::service
