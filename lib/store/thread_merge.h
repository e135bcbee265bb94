// RFC 8621 section 3: a late message may show that two threads are one.  A thread's id never changes for an email, so
// those that move are deleted and inserted again with new ids.  Private to lib/store.
#pragma once

#include <map>
#include <set>

#include "store/append.h"
#include "store/thread_counts.h"

namespace waxseal::store {

using EmailsOfThread = std::map<ThreadId, std::set<EmailId>>;
EmailsOfThread emails_of(const Memberships&);

// The thread for a message that belongs to each of `threads` (at least one): the one with the most emails, into which
// the others are merged if they are not too long.  `mates` are all their memberships and are kept true.
ThreadId join_threads(Transaction& transaction, AccountId account, Numbers& numbers,
                      const std::vector<ThreadId>& threads, Memberships& mates);

}  // namespace waxseal::store
