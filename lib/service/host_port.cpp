#include "service/host_port.h"

namespace waxseal::service {

std::optional<HostPort> split_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt;  // an IPv6 address without brackets is ambiguous
  if (host.empty()) return std::nullopt;
  return HostPort{std::string(host), std::string(text.substr(colon + 1))};
}

}  // namespace waxseal::service
