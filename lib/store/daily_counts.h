// How many messages arrived with which verdict, and became which later, day by day.  Private to lib/store.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "smime/judge.h"
#include "store/transaction.h"

namespace waxseal::store {

enum class DailyCount {  // numbers are stored
  kArrived = 1,          // value: smime::Status
  kArrivedWith = 2,      // value: smime::Code
  kBecame = 3,           // the same of verdicts that changed since
  kBecameWith = 4,
};

// Two arrays of the same length for unnest(): kinds and values of one message, none twice.
struct CountedArrays {
  std::string kinds, values;
};
CountedArrays counts_of_arrival(const smime::Verdict& verdict);

// "INSERT ..." of a message's counts, to be part of a larger statement: account $1, time $first, kinds and values after
// it.
std::string daily_count_insert(int first);

// What the verdicts of `changed` became at `when`.  The account's lock is held.
void count_changes_of_day(Transaction& transaction, AccountId account, Time when,
                          const std::vector<std::pair<EmailId, smime::Verdict>>& changed);

}  // namespace waxseal::store
