#include "fetch/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

namespace waxseal::fetch {

namespace {

std::vector<Network> parse_all(std::initializer_list<std::string_view> texts) {
  std::vector<Network> out;
  for (const std::string_view text : texts) out.push_back(Network::parse(text).value());
  return out;
}

bool in_any(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network& each) { return each.contains(address); });
}

// Bits of `octets` from `first` on are all zero.
bool zero_from(const IpAddress& address, int first) {
  const int bits = address.v6 ? 128 : 32;
  for (int bit = first; bit < bits; ++bit)
    if (address.octets[static_cast<std::size_t>(bit / 8)] & (0x80 >> (bit % 8))) return false;
  return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text);
  IpAddress out;
  if (::inet_pton(AF_INET, copy.c_str(), out.octets.data()) == 1) return out;
  out.v6 = true;
  if (::inet_pton(AF_INET6, copy.c_str(), out.octets.data()) == 1) return out;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_socket(const sockaddr* address) {
  IpAddress out;
  if (address && address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    std::memcpy(out.octets.data(), &v4.sin_addr, 4);
    return out;
  }
  if (address && address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    out.v6 = true;
    std::memcpy(out.octets.data(), &v6.sin6_addr, 16);
    return out;
  }
  return std::nullopt;
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, octets.data(), buffer, sizeof buffer);
  return buffer;
}

Result<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  const std::string quoted = '"' + std::string(text) + '"';
  if (!base) return unexpected(quoted + " is not an address or network like \"10.0.0.0/8\" or \"fd00::/8\"");
  const int most = base->v6 ? 128 : 32;
  int prefix = most;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || prefix < 0 || prefix > most)
      return unexpected(quoted + ": the number after \"/\" must be 0 to " + std::to_string(most));
  }
  if (!zero_from(*base, prefix)) return unexpected(quoted + ": address bits are set beyond the prefix");
  return Network{*base, prefix};
}

bool Network::contains(const IpAddress& address) const {
  if (address.v6 != base.v6) return false;
  IpAddress difference = address;
  for (std::size_t i = 0; i < difference.octets.size(); ++i) difference.octets[i] ^= base.octets[i];
  for (int bit = 0; bit < prefix; ++bit)
    if (difference.octets[static_cast<std::size_t>(bit / 8)] & (0x80 >> (bit % 8))) return false;
  return true;
}

bool globally_routable(const IpAddress& address) {
  static const std::vector<Network> v4_refused =
      parse_all({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                 "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  // Outside of 2000::/3 lie loopback, mapped and compatible IPv4, NAT64, unique local, link local and multicast.
  static const Network v6_global = Network::parse("2000::/3").value();
  static const std::vector<Network> v6_refused = parse_all({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  if (!address.v6) return !in_any(v4_refused, address);
  return v6_global.contains(address) && !in_any(v6_refused, address);
}

std::vector<IpAddress> own_addresses() {
  std::vector<IpAddress> out;
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return out;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(raw, ::freeifaddrs);
  for (const ifaddrs* each = list.get(); each; each = each->ifa_next)
    if (const auto address = IpAddress::from_socket(each->ifa_addr)) out.push_back(*address);
  return out;
}

}  // namespace waxseal::fetch
