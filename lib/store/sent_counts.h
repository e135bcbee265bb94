// What an account has sent in the last day, and whether it may send more.  One row for each five minutes in which
// something was sent: a look costs the same however much that was.  Private to lib/store.
#pragma once

#include <map>
#include <optional>

#include "store/submissions.h"
#include "store/transaction.h"

namespace waxseal::store {

class SentCounts {
 public:
  // The account's lock is held until the end of the transaction.  Reads nothing where nothing is limited.
  SentCounts(Transaction& transaction, AccountId account, const SendingLimits& limits, Time now);

  // Whether one more message to so many recipients would pass a limit, and until when.  Within any 60 minutes and any
  // 24 hours the account never sends more than the limits say; a message counts for at most five minutes longer.
  std::optional<SendingPause> pause(std::size_t recipients) const;
  void count(std::size_t recipients);
  void write();  // what count() was told; forgets what no limit looks at any more

 private:
  struct Sent {
    std::int64_t messages = 0, recipients = 0;
  };
  std::optional<Time> free_at(std::int64_t window, std::size_t limit, std::int64_t more,
                              std::int64_t Sent::*counted) const;
  bool limited() const { return limits_.messages_per_hour > 0 || limits_.recipients_per_day > 0; }

  Transaction& transaction_;
  const AccountId account_;
  const SendingLimits limits_;
  const std::int64_t now_;  // slot
  std::map<std::int64_t, Sent> slots_;
  Sent counted_;
};

}  // namespace waxseal::store
