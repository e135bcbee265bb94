// Octets that a client sent for later use (RFC 8620 section 6): blobs that no object refers to yet.  They live for a
// day after the last upload of the same octets, unless the account's room for such blobs runs out before.
#pragma once

#include <vector>

#include "base/ids.h"
#include "base/octets.h"
#include "base/sha256.h"
#include "store/database.h"
#include "store/snapshot.h"

namespace waxseal::store {

// Committed when it returns.  If the account's unreferenced blobs are then larger than `room` together, the oldest of
// the others are removed until they fit; this one stays.  Throws Unavailable.
void store_upload(Database&, AccountId, const Sha256& blob, Octets octets, std::size_t room);

// As if it had been uploaded again now.  False: the account has no such blob.
bool renew_upload(Database&, AccountId, const Sha256& blob);

// Removes octets that nothing holds and whose time is over, of all accounts; at most `limit` blobs.  Returns how many.
// May run in several programs at once.
std::size_t collect_expired_blobs(Database&, std::size_t limit);

// What holds a message of exactly these octets (RFC 9404 section 4.3); empty for a mere upload.
struct BlobHolders {
  std::vector<EmailId> emails;
  std::vector<ThreadId> threads;
  std::vector<MailboxId> mailboxes;
};
BlobHolders blob_holders(Snapshot&, const Sha256& blob);

}  // namespace waxseal::store
