#include "jmapd/http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace waxseal::jmapd::http {
namespace {

std::string source_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* octets = nullptr;
  if (address.ss_family == AF_INET) octets = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.ss_family == AF_INET6) octets = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (!octets || !::inet_ntop(address.ss_family, octets, text.data(), text.size())) return "unix";
  return text.data();
}

}  // namespace

std::unique_ptr<Peer> accept_peer(int listener, const TlsCredentials* tls, const BodyRules& rules,
                                  bool& out_of_descriptors) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd fd;
  do {
    fd.reset(::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  } while (!fd && (errno == EINTR || errno == ECONNABORTED));
  out_of_descriptors = !fd && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM);
  if (!fd) return nullptr;
  if (address.ss_family != AF_UNIX) {
    const int on = 1;  // worth a factor of 34: an answer must not wait for the acknowledgement of the one before
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  auto transport = tls ? tls->accept(fd.get()) : plain_transport(fd.get());
  if (!transport) return nullptr;
  return std::make_unique<Peer>(std::move(fd), std::move(transport), source_of(address), rules);
}

}  // namespace waxseal::jmapd::http
