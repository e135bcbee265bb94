// The octets that outgoing mail keeps.  Private to lib/store.
#pragma once

#include "store/account_lock.h"

namespace waxseal::store {

// False: there are no such octets any more.
bool hold_blob(Transaction& transaction, AccountId account, const Sha256& blob);
void release_blob(Transaction& transaction, AccountId account, const Sha256& blob);

}  // namespace waxseal::store
