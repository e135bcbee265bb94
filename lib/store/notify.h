// Tells listeners that an account changed.  Private to lib/store.
#pragma once

#include "base/ids.h"
#include "store/transaction.h"

namespace waxseal::store {

inline constexpr const char* kChangesChannel = "waxseal_changes";

// After the commit, so that no account's lock waits for the server's one lock on notifications; a hint that is lost
// costs a poll's delay.  The number of the account and nothing else: every role of the server can listen.  False: the
// connection must not be used again.
bool notify_change(Connection& connection, AccountId account) noexcept;

}  // namespace waxseal::store
