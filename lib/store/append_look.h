// What a delivery reads before it writes.  Private to lib/store.
#pragma once

#include <map>

#include "store/append_batch.h"
#include "store/thread_counts.h"
#include "store/unit_rows.h"

namespace waxseal::store {

// An account as it is while its modseq is `modseq`.
struct SeenAccount {
  std::int64_t epoch = 0;
  std::int64_t modseq = 0;
  std::int64_t email_modseq = 0;  // the state of Email
  std::int64_t used = 0;
  std::optional<std::int64_t> quota;
  std::optional<MailboxId> trash;
};

struct Look {
  struct Found {
    std::optional<EmailId> already;    // stored under the delivery key
    bool blob = false;                 // the octets are there
    std::vector<MailboxId> mailboxes;  // where it goes; empty: nowhere, or one of those that were named does not exist
    std::vector<std::optional<ThreadId>> threads;  // one for each of Prepared::refs
  };
  std::map<AccountId, SeenAccount> accounts;  // those that exist
  std::vector<Found> found;                   // of the messages, one after the other
  std::map<smime::UnitId, StoredUnit> units;  // that they name and that are stored
};
// One statement, and so one moment: what holds for the units holds for the accounts' numbers (R6).
Look look(Transaction&, const Arrivals&);

// Of every thread that one of the messages may belong to.
std::map<AccountId, Memberships> read_mates(Transaction&, const Arrivals&, const Look&);

}  // namespace waxseal::store
