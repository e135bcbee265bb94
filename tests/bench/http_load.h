// Clients that ask one server the same question again and again over keep-alive connections.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace waxseal::bench {

class HttpClient {
 public:
  explicit HttpClient(int port);  // on loopback
  void send(std::string_view octets);
  // Head and body, by Content-Length; an answer without one up to the end of its head.
  std::string answer();

 private:
  UniqueFd fd_;
  std::string buffer_;
};

struct Load {
  long requests = 0;
  double seconds = 0;
  double p50 = 0, p99 = 0;      // milliseconds
  double client_processor = 0;  // seconds of processor time that the clients took
};

// Every answer must be 200 without a method-level error: otherwise it is printed and the program ends.
Load load(int port, const std::string& request, int clients, std::chrono::milliseconds time);

}  // namespace waxseal::bench
