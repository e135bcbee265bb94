// Messages as rows: columns that grow, and the one statement that writes them.  Private to lib/store.
#pragma once

#include <array>
#include <map>

#include "store/append_batch.h"
#include "store/append_statement.h"
#include "store/array_text.h"
#include "store/daily_counts.h"
#include "store/thread_counts.h"
#include "store/unit_rows.h"

namespace waxseal::store {

class MailRows {
 public:
  struct Place {
    EmailId id;
    ThreadId thread;
    const std::vector<MailboxId>& mailboxes;
  };
  void add(const Arrival&, const Place&, const std::map<smime::UnitId, StoredUnit>& units);
  // Once each.
  void add_thread(ThreadId, std::int64_t number);
  void add_ref(const std::string& ref, const std::string& subject, ThreadId);
  void add_counts(const CountChanges&);

  bool empty() const { return messages_ == 0; }
  std::int64_t octets() const { return octets_; }  // of the messages
  // false: the account's modseq is not `expected` any more, or the quota became smaller; nothing was written.
  bool write(Transaction&, AccountId, std::int64_t expected, std::int64_t modseq);

 private:
  struct Blob {
    std::size_t size = 0;
    int refs = 0;
    bool brought = false;
  };

  void add_meta(const NewEmail&, const std::string& envelope);
  void add_text(const NewEmail&, const std::string& signers);
  void add_blob(const Arrival&);
  void add_verdict(const Prepared&, EmailId);
  void add_signers(EmailId, const std::map<smime::UnitId, StoredUnit>& units);

  std::array<ArrayText, std::size(kAppendColumns)> columns_;
  std::map<Sha256, Blob> blobs_;
  std::string brought_;  // octets, one message behind the other
  DailyCounts days_;
  std::int64_t octets_ = 0;
  int messages_ = 0;
  bool smime_ = false;
};

}  // namespace waxseal::store
