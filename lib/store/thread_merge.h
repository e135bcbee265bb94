// RFC 8621 section 3: a late message may show that two threads are one.  A thread's id never changes for an email, so
// those that move are deleted and inserted again with new ids.  Private to lib/store.
#pragma once

#include "store/thread_counts.h"

namespace waxseal::store {

// Emails that are inserted again at most; beyond that the threads stay apart, which the RFC allows: a message that
// joins two long threads must not hold the account's lock for long.
inline constexpr std::size_t kMergeAtMost = 100;

// The thread for a message that belongs to each of `threads` (at least one): the one with the most emails, into which
// the others are merged if they are not too long.  `mates` are all their memberships and are kept true.
ThreadId join_threads(Transaction& transaction, AccountId account, AccountLock& numbers,
                      const std::vector<ThreadId>& threads, Memberships& mates);

}  // namespace waxseal::store
