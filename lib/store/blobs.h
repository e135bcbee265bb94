// Octets of messages: content-addressed within the account, 256 KiB chunks.  Private to lib/store; reading is in
// snapshot.h.
#pragma once

#include "base/ids.h"
#include "base/octets.h"
#include "base/sha256.h"
#include "store/transaction.h"

namespace waxseal::store {

inline constexpr std::size_t kChunkOctets = 256 * 1024;

// Committed when it returns, held by nothing: it expires in a day unless a message takes it (R8).  Never copies more
// than a chunk.
void store_octets(Database& database, AccountId account, const Sha256& blob, Octets octets);

}  // namespace waxseal::store
