// IP addresses and networks, and which of them the Internet leads to (NET-04).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace waxseal::fetch {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> octets{};  // IPv4: the first four

  // "192.0.2.1", "2001:db8::1"; no zone, no brackets.
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> from_socket(const sockaddr* address);
  std::string text() const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct Network {
  IpAddress base;
  int prefix = 0;

  // "10.0.0.0/8", "fd00::/8", or one address.  Bits beyond the prefix must be zero: such a line is a mistake.
  static Result<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
};

// Globally routable unicast (NET-04).  Addresses that carry an IPv4 address inside (mapped, compatible, NAT64, 6to4,
// Teredo) are not: they would be a second spelling of what the first filter refused.
bool globally_routable(const IpAddress& address);

// Addresses of this machine's interfaces, read each time.
std::vector<IpAddress> own_addresses();

}  // namespace waxseal::fetch
