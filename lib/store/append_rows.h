// Messages as rows: columns that grow, and the one statement that writes them.  Private to lib/store.
#pragma once

#include <array>
#include <map>
#include <set>

#include "store/append_batch.h"
#include "store/append_statement.h"
#include "store/array_text.h"
#include "store/daily_counts.h"
#include "store/thread_counts.h"
#include "store/unit_rows.h"

namespace waxseal::store {

class MailRows {
 public:
  struct Placement {
    EmailId id;
    ThreadId thread;
    const std::vector<MailboxId>& mailboxes;
  };
  struct ThreadRow {
    int place;  // of its last message
    std::int64_t number;
  };
  // The message's place: its number among those that were added, from 1.
  int add(const Arrival&, const Placement&, const std::map<smime::UnitId, StoredUnit>& units);
  // Once each.
  void add_thread(const ThreadRow&);
  void add_ref(const std::string& ref, const std::string& subject, int place);
  void add_counts(AccountId, const CountChanges&);
  // Its account is passed over if the message is there, or a thread that it would belong to.
  void assume_new(const Prepared&);
  // Nor if the unit is not the same any more.
  void assume_same(AccountId, const smime::UnitId&, const StoredUnit&);
  // Its rows are written if its modseq still is `expected`; `octets`: of all of its messages.
  void add_account(AccountId, std::int64_t expected, std::int64_t modseq, std::int64_t octets);

  bool empty() const { return messages_ == 0; }
  // Accounts whose rows were written; of the others nothing was: their modseq is not what was expected any more, the
  // quota became smaller, what was assumed is not so, or somebody else has them locked.
  std::set<AccountId> write(Transaction&);

 private:
  struct Blob {
    int place = 0;  // of a message that has these octets
    int refs = 0;
    bool brought = false;
  };

  void add_meta(const NewEmail&, const std::string& envelope);
  void add_text(const NewEmail&, const std::string& signers);
  void add_blob(const Arrival&);
  void add_verdict(const Prepared&);
  void add_signers(const std::map<smime::UnitId, StoredUnit>& units);
  void add_sums();

  std::array<ArrayText, std::size(kAppendColumns)> columns_;
  std::map<std::pair<AccountId, Sha256>, Blob> blobs_;
  std::string brought_;  // octets, one message behind the other
  std::map<AccountId, DailyCounts> days_;
  int messages_ = 0;
  bool smime_ = false;
};

}  // namespace waxseal::store
