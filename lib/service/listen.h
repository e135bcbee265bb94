// Listening sockets named as in the configuration.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace waxseal::service {

// "inet:HOST:PORT", "inet:[::1]:PORT", "unix:/path" (a stale socket file is replaced; mode is octal text).
// Non-blocking, close-on-exec, backlog SOMAXCONN.  The error says what to do next.
Result<UniqueFd> listen_on(const std::string& address, const std::string& socket_mode = "0660");
// What systemd opened for us (LISTEN_FDS of sd_listen_fds(3)) with its name (FileDescriptorName=); empty: it did not.
// Non-blocking, close-on-exec; the variables are removed, so that no child takes them for its own.
struct PassedSocket {
  UniqueFd fd;
  std::string name;
};
std::vector<PassedSocket> sockets_from_systemd();
int local_port(int fd);  // for port 0 in tests

}  // namespace waxseal::service
