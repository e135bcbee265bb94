#include "milter/listener.h"

#include <libmilter/mfapi.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/unique_fd.h"

namespace waxseal::milter {

namespace {

constexpr int kBacklog = 128;

// The path of "unix:/path" or "local:/path"; empty for other kinds.
std::string unix_path(const std::string& address) {
  for (const std::string_view prefix : {"unix:", "local:"}) {
    if (address.starts_with(prefix)) return address.substr(prefix.size());
  }
  return {};
}

void poke_unix(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return;
  std::memcpy(name.sun_path, path.data(), path.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
}

// "inet:port@host", "inet6:port@host"
void poke_inet(const std::string& address) {
  const auto colon = address.find(':');
  const auto at = address.find('@');
  if (colon == std::string::npos) return;
  const std::string port = address.substr(colon + 1, at == std::string::npos ? at : at - colon - 1);
  const std::string host = at == std::string::npos ? "localhost" : address.substr(at + 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  const UniqueFd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::connect(fd.get(), found->ai_addr, found->ai_addrlen);
}

bool listens(int fd) {
  int answer = 0;
  socklen_t size = sizeof answer;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 && answer != 0;
}

// libmilter writes each header change and the answer on its own; with Nagle's algorithm the second of them waits until
// the MTA acknowledges the first, 40 ms for every message.  Connections inherit this from their listener, which
// libmilter keeps to itself: it is looked for.  On a unix socket it fails and is not needed.
void send_without_delay() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    constexpr int kOn = 1;
    if (listens(fd)) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
  }
}

}  // namespace

Result<Done> open_listener(const std::string& address, const std::string& mode) {
  unsigned bits = 0;
  const auto [rest, error] = std::from_chars(mode.data(), mode.data() + mode.size(), bits, 8);
  if (error != std::errc() || rest != mode.data() + mode.size() || bits > 0777)
    return unexpected("milter.socket_mode \"" + mode + "\" is not octal; write for example \"0660\"");
  std::string name = address;
  if (smfi_setconn(name.data()) != MI_SUCCESS)
    return unexpected("milter.socket \"" + address + "\" is neither \"unix:/path\" nor \"inet:PORT@HOST\"");
  smfi_setbacklog(kBacklog);
  constexpr bool kRemoveStaleSocket = true;
  if (smfi_opensocket(kRemoveStaleSocket) != MI_SUCCESS)
    return unexpected("cannot listen on milter.socket \"" + address +
                      "\"; does its directory exist, and is no other program there?");
  send_without_delay();
  const std::string path = unix_path(address);
  if (!path.empty() && ::chmod(path.c_str(), bits) != 0) return unexpected("cannot set the mode of " + path);
  return Done{};
}

void poke_listener(const std::string& address) {
  const std::string path = unix_path(address);
  if (path.empty())
    poke_inet(address);
  else
    poke_unix(path);
}

}  // namespace waxseal::milter
