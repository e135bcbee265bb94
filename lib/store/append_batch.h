// Messages for one account or several, stored by one statement; each has an answer of its own.  Private to lib/store.
//
// Without the lock: look, plan, and one statement that writes, for each account, all of its rows if its modseq still is
// what the look saw, and none of them otherwise.  Whoever holds an account's lock moves modseq (account_lock.h), so
// nothing that the plan rests on can have changed then: not the threads, mailboxes and counts, nor the units, whose
// sweep takes the lock too.  An account that somebody has locked is passed over: nobody's lock is waited for while
// others' are held.  The rows are locked only while that statement runs and its transaction commits.  With the lock,
// for one account: the same, and never too late.  The look is left out where this process wrote to the account last
// (append_memory.h).
#pragma once

#include <optional>
#include <vector>

#include "store/account_lock.h"
#include "store/append_prepared.h"

namespace waxseal::store {

// Whether oldState and newState are asked for, and which state is required.
struct StateWish {
  bool tell = false;
  IfInState required;
};

// A message on its way into its account.
struct Arrival {
  enum class Fate {
    kOpen,
    kAnswered,
    kNoteAgain,  // what it depends on is missing or behind; nothing was written
    kOvertaken,  // nothing was written; with the lock it will be
    kAlone,      // not together with others: it joins threads, or may be why all of them failed
  };
  const Prepared& prepared;
  bool bring_octets = false;  // they are sent with the rows, at most kChunkOctets; otherwise they should be there
  StateWish wish;
  Fate fate = Fate::kOpen;
  Appended answer;
};
using Arrivals = std::vector<Arrival*>;

enum class Hold { kNothing, kLock };

class AppendMemory;

// Sets the fate of each arrival.  kNothing: the transaction commits every statement by itself; no fate is kAlone.
// kLock: all of them are for one account, and the transaction is one; no fate is kOvertaken.
void append_batch(Transaction&, const Arrivals&, Hold, AppendMemory&);

}  // namespace waxseal::store
