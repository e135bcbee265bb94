// What every write to an account tells about the type's state (RFC 8620 section 5.3: oldState, newState, ifInState).
#pragma once

#include <optional>
#include <string>

namespace waxseal::store {

struct StateMove {
  std::string before;  // under the account's lock, so that nothing of others lies between the two
  std::string after;
  bool mismatch = false;  // it was not in the state that was asked for; nothing was written
};

// ifInState; nullopt: any.
using IfInState = std::optional<std::string>;

}  // namespace waxseal::store
