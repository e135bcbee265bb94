// Messages for one account, stored together: all or none, each with an answer of its own.  Private to lib/store.
//
// Without the lock: look, plan, and one statement that writes everything if account_state.modseq still is what the look
// saw.  Whoever holds the account's lock moves modseq (account_lock.h), so nothing that the plan rests on can have
// changed then: not the threads, mailboxes and counts, nor the units, whose sweep takes the lock too.  The row is
// locked only while that statement runs and its transaction commits.  With the lock: the same, and never too late.
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

// A message on its way into the account.
struct Arrival {
  enum class Fate {
    kOpen,
    kAnswered,
    kNoteAgain,  // what it depends on is missing or behind; nothing was written
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
enum class Batch { kDone, kOvertaken };  // kOvertaken: nothing was written; with the lock it will be

// Sets the fate of each arrival.  Precondition: the transaction commits every statement by itself (kNothing), or all of
// them (kLock).
Batch append_batch(Transaction&, AccountId, const Arrivals&, Hold);

}  // namespace waxseal::store
