// Stored messages as a write sees them, and what it does to them.  Private to lib/store.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/thread_counts.h"

namespace waxseal::store {

struct StoredEmail {
  ThreadId thread;
  int flags = 0;
  std::set<std::string> keywords;  // those that have no bit
  std::set<MailboxId> mailboxes;
  Sha256 blob;
  std::int64_t size = 0;
};
using StoredEmails = std::map<EmailId, StoredEmail>;

// Under the account's lock.  Unknown ids are left out.
StoredEmails read_emails(Transaction& transaction, AccountId account, const std::vector<EmailId>& ids);

// The flags, keywords and memberships of `changed` instead of those of `before`; rows of `gone`, octets that nothing
// else holds and threads that are empty then; tombstones; the counts of the mailboxes and the states of what changes.
// Returns the state of Email, Mailbox and Thread as far as they moved.  Precondition: at least one email changes or
// goes.
std::int64_t write_and_count(Transaction& transaction, AccountId account, const StoredEmails& before,
                             const StoredEmails& changed, const StoredEmails& gone);

}  // namespace waxseal::store
