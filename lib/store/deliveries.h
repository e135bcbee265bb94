// What was stored under which delivery key (robustness.md G3).
#pragma once

#include <optional>

#include "base/ids.h"
#include "base/sha256.h"
#include "store/database.h"

namespace waxseal::store {

// The message that was stored under the key; nullopt: none was.  It may have been destroyed since.
std::optional<EmailId> find_delivery(Database&, AccountId, const Sha256& delivery_key);

}  // namespace waxseal::store
