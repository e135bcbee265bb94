// Octets to one socket: collected, sent in as few segments as possible, within one deadline.
#pragma once

#include <chrono>
#include <string>

#include "base/octets.h"
#include "jmapd/http/transport.h"

namespace waxseal::jmapd::http {

class Output {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  // `fd` is the transport's, to wait for.
  Output(Transport& transport, int fd, Deadline deadline) : transport_(transport), fd_(fd), deadline_(deadline) {}

  // Sends only when much has been collected.  False: the client has gone or was too slow; so is everything after it.
  bool write(Octets octets);
  bool flush();
  bool failed() const { return failed_; }
  std::size_t written() const { return written_; }

 private:
  bool wait_writable();

  Transport& transport_;
  int fd_;
  Deadline deadline_;
  std::string pending_;
  std::size_t written_ = 0;
  bool failed_ = false;
};

}  // namespace waxseal::jmapd::http
