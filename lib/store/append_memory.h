// What the next message for an account need not look at, because this process wrote the last one.  Private to
// lib/store.
//
// What was seen of an account holds for as long as its modseq is the same (append_batch.h), however long that is; so
// what was seen, and what was written since, may serve the next message too, whose statement then says whether it still
// holds.  Of the message itself it is assumed that it was not stored before, that no thread has its Message-ID, and
// that its units are as they were: its statement sees to that as well.  Whatever turns out otherwise is looked at.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "store/append_look.h"
#include "store/recent.h"

namespace waxseal::store {

struct RememberedAccount {
  SeenAccount seen;
  std::map<std::string, std::vector<MailboxId>> mailboxes;  // by the role that was asked for
  std::map<smime::UnitId, StoredUnit> units;
};
using Memory = std::shared_ptr<const RememberedAccount>;

// Thread-safe; bounded; nothing stays longer than kRecentFor without being confirmed.
class AppendMemory {
 public:
  // nullptr: nothing is remembered.
  Memory of(AccountId account) const { return accounts_.find(account).value_or(nullptr); }
  void note(AccountId account, RememberedAccount now) {
    if (accounts_.find(account) == Memory()) return;  // distrusted
    accounts_.add(account, std::make_shared<const RememberedAccount>(std::move(now)));
  }
  // Others write to it: nothing is remembered for kRecentFor.
  void distrust(AccountId account) { accounts_.add(account, nullptr); }
  // Another server may answer next, which may have less.
  void clear() { accounts_.clear(); }

 private:
  Recent<AccountId, Memory> accounts_;
};

// Whether the message needs nothing else than what is remembered.
bool suffices(const RememberedAccount&, const Arrival&);
// What a look would have found.  Precondition: it suffices.
Look::Found found_by_memory(const RememberedAccount&, const Prepared&);

}  // namespace waxseal::store
