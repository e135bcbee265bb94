#include <map>

#include "store/pool.h"
#include "store/submissions.h"

namespace waxseal::store {

// Finding looks everywhere; each account is then written under its own lock, where a record that is gone does no harm.
std::size_t remove_old_submissions(Database& database, Time before, std::size_t limit) {
  const Rows old = run_autocommit(database, [&](Transaction& transaction) {
    return transaction.exec(
        "SELECT s.account_id, s.submission_id FROM email_submissions s WHERE s.send_at < $1 AND s.undo_status > 0 "
        "AND NOT EXISTS (SELECT 1 FROM outgoing o WHERE o.account_id = s.account_id AND o.submission_id = "
        "s.submission_id) ORDER BY s.send_at LIMIT $2",
        before, limit);
  });
  std::map<AccountId, SubmissionWrite> writes;
  for (const Row& row : old) writes[{integer(row, 0)}].destroy.push_back({integer(row, 1)});
  std::size_t removed = 0;
  for (const auto& [account, write] : writes) {
    for (const auto failure : write_submissions(database, account, write, 0).destroyed) {
      if (failure == SubmissionWriteFailure::kNone) ++removed;
    }
  }
  return removed;
}

}  // namespace waxseal::store
