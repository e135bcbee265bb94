#include "lmtp/transaction_id.h"

#include <sys/random.h>

#include <array>

#include "base/text.h"

namespace waxseal::lmtp {

std::string new_transaction_id() {
  std::array<char, 8> octets{};
  // Eight octets are never cut short, and the pool is ready long before a daemon runs (getrandom(2)).
  static_cast<void>(::getrandom(octets.data(), octets.size(), 0));
  return hex({octets.data(), octets.size()});
}

}  // namespace waxseal::lmtp
