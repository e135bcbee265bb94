// HOST:PORT and [IPv6]:PORT; private to lib/service.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waxseal::service {

struct HostPort {
  std::string host, port;
};

std::optional<HostPort> split_host_port(std::string_view text);

}  // namespace waxseal::service
