// How many messages arrived with which verdict, and became which later, day by day.  Private to lib/store.
#pragma once

#include <map>
#include <string>
#include <tuple>
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

// Sums of some messages, as columns.
class DailyCounts {
 public:
  void add(Time when, const smime::Verdict& verdict, DailyCount status, DailyCount with);

  std::string days() const;  // since 1970
  std::string kinds() const;
  std::string values() const;
  std::string messages() const;

  using Sums = std::map<std::tuple<std::int64_t, int, int>, std::int64_t>;  // (day, kind, value): messages
  const Sums& sums() const { return sums_; }

 private:
  Sums sums_;
};

// "INSERT ..." of such sums: the four columns are parameters from number `first` on, as arrays; `account` and
// `condition` are expressions about one of their rows, `i` its number from 1.
std::string daily_count_insert(int first, const std::string& account, const std::string& condition = "true");

// What the verdicts of `changed` became at `when`.  The account's lock is held.
void count_changes_of_day(Transaction& transaction, AccountId account, Time when,
                          const std::vector<std::pair<EmailId, smime::Verdict>>& changed);

}  // namespace waxseal::store
