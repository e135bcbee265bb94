// Connections to other servers, named as in the configuration.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace waxseal::service {

// "inet:HOST:PORT", "inet:[::1]:PORT", "unix:/path".  Non-blocking, close-on-exec, without Nagle's delay; at most
// `timeout` for each address that HOST has.
Result<UniqueFd> connect_to(const std::string& address, std::chrono::milliseconds timeout);

}  // namespace waxseal::service
