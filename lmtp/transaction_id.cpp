#include "lmtp/transaction_id.h"

#include <sys/random.h>

#include <array>
#include <stdexcept>

#include "base/text.h"

namespace waxseal::lmtp {

std::string new_transaction_id() {
  std::array<char, 8> octets{};
  // Eight octets are never cut short, and the pool is ready long before a daemon runs (getrandom(2)).
  if (::getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size()))
    throw std::runtime_error("getrandom gave no random octets");
  return hex({octets.data(), octets.size()});
}

}  // namespace waxseal::lmtp
