// The four counts of a mailbox (RFC 8621 section 2), from who is where.  Private to lib/store.
//
// A thread is unread in a mailbox that holds one of its emails if any of its emails is unread, wherever that one is:
// that is what a user sees who opens the thread.  The trash is apart: emails that are only there make no thread unread
// elsewhere, and there only emails that are in it count.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/numbers.h"
#include "store/transaction.h"

namespace waxseal::store {

struct Membership {
  EmailId email;
  ThreadId thread;
  MailboxId mailbox;
  int flags = 0;
};
using Memberships = std::vector<Membership>;

struct Counts {
  std::int64_t emails = 0;
  std::int64_t unread_emails = 0;
  std::int64_t threads = 0;
  std::int64_t unread_threads = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};
using MailboxCounts = std::map<MailboxId, Counts>;

// What the threads add to their mailboxes.  Precondition: `all` holds every membership of each thread in it.
MailboxCounts count_memberships(const Memberships& all, std::optional<MailboxId> trash);

Memberships read_memberships(Transaction& transaction, AccountId account, const std::vector<ThreadId>& threads);
struct AccountThread {
  AccountId account;
  ThreadId thread;
};
std::map<AccountId, Memberships> read_memberships(Transaction& transaction, const std::vector<AccountThread>& threads);
std::optional<MailboxId> trash_of(Transaction& transaction, AccountId account);

// What is added to the stored counts, as columns; each mailbox that changes gets a number of its own.
struct CountChanges {
  std::vector<std::int64_t> mailboxes, modseqs, emails, unread_emails, threads, unread_threads;
};
CountChanges count_changes(Numbers& numbers, const MailboxCounts& before, const MailboxCounts& after);
// The statement that adds them: the six columns are parameters from number `first` on, as arrays; `account` and
// `condition` are expressions about one of their rows, `i` its number from 1.
std::string count_update(int first, const std::string& account, const std::string& condition = "true");

// Adds after - before to the stored counts.  False: none changes.
bool apply_counts(Transaction& transaction, AccountId account, Numbers& numbers, const MailboxCounts& before,
                  const MailboxCounts& after);

}  // namespace waxseal::store
