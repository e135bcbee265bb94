// What load drivers share: connections at work at once, each handing over the next message until none is left, and rate
// and latency of that as one line of JSON.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace waxseal::load {

// A socket whose other side is given a minute for each answer.  Throws std::runtime_error when it is closed or silent.
class Wire {
 public:
  explicit Wire(const std::string& address);  // as in lmtp.listen

  void send(std::string_view octets);
  void receive(std::string& into);  // appends what is there, at least one octet

 private:
  void wait(short events);

  UniqueFd fd_;
};

// One connection, used by one thread.
class Client {
 public:
  virtual ~Client() = default;
  // Latency is what this takes.  `id` is no other message's, in any run.  false: refused.
  virtual bool hand_over(std::size_t number, const std::string& id) = 0;
};

// Prints the JSON; exit status: 1 if anything was refused.
int drive(std::size_t connections, std::size_t messages, const std::function<std::unique_ptr<Client>()>& connect);

std::string read_file(const std::string& path);

// The driver's main: 2 with `usage` for fewer than `least` arguments, 1 and the error for an exception.
int main_of(int argc, char** argv, std::size_t least, const char* usage,
            const std::function<int(const std::vector<std::string>&)>& run);

}  // namespace waxseal::load
