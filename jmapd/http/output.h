// Octets to one socket: collected, sent in as few segments as possible, within a deadline that moves as they are taken:
// a large attachment over a slow line arrives, and a client that takes nothing does not keep a worker.
#pragma once

#include <chrono>
#include <string>

#include "base/octets.h"
#include "jmapd/http/transport.h"

namespace waxseal::jmapd::http {

class Output {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kSlowest = 64 * 1024;  // octets a second: each of them moves the deadline by one second

  // `fd` is the transport's, to wait for.
  Output(Transport& transport, int fd, Deadline deadline) : transport_(transport), fd_(fd), deadline_(deadline) {}

  // Sends only when much has been collected.  False: the client has gone or was too slow; so is everything after it.
  bool write(Octets octets);
  bool flush();
  bool failed() const { return failed_; }
  std::size_t written() const { return written_; }

 private:
  bool wait_writable() const;

  Transport& transport_;
  int fd_;
  Deadline deadline_;
  std::string pending_;
  std::size_t written_ = 0;
  bool failed_ = false;
};

}  // namespace waxseal::jmapd::http
