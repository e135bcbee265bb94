// What a delivery reads of the account before it writes.  Private to lib/store.
#pragma once

#include "store/append_batch.h"
#include "store/append_prepared.h"

namespace waxseal::store {

// The account as it is while its modseq is `modseq`; of the messages, one after the other.
struct Look {
  struct Found {
    std::optional<EmailId> already;    // stored under the delivery key
    bool blob = false;                 // the octets are there
    std::vector<MailboxId> mailboxes;  // where it goes; empty: nowhere, or one of those that were named does not exist
    std::vector<std::optional<ThreadId>> threads;  // one for each of Prepared::refs
  };
  std::int64_t epoch = 0;
  std::int64_t modseq = 0;
  std::int64_t email_modseq = 0;  // the state of Email
  std::int64_t used = 0;
  std::optional<std::int64_t> quota;
  std::optional<MailboxId> trash;
  std::vector<Found> found;

  std::vector<ThreadId> threads() const;  // of all messages, each once
};
// One statement, and so one moment.  Throws Unavailable: no such account.
Look look(Transaction&, AccountId, const Arrivals&);

}  // namespace waxseal::store
