// Destroyed objects, for Foo/changes.  Private to lib/store.
#pragma once

#include <vector>

#include "store/account_lock.h"

namespace waxseal::store {

enum class Buried { kEmail = 1, kMailbox = 2, kThread = 3, kIdentity = 4, kEmailSubmission = 5 };  // as stored

// Each gets a number of its own.
void bury(Transaction& transaction, AccountId account, Buried kind, const std::vector<std::int64_t>& ids,
          Numbers& numbers);

}  // namespace waxseal::store
