#include "store/submissions.h"

#include "store/pool.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

const std::string kSelect =
    "SELECT submission_id, identity_id, sent_email_id, sent_thread_id, envelope, extract(epoch from send_at)::bigint, "
    "undo_status, delivery_status FROM email_submissions WHERE account_id = $1 ";

std::vector<Submission> submissions_of(const Rows& rows) {
  std::vector<Submission> out;
  for (const Row& row : rows) {
    out.push_back({.id = {integer(row, 0)},
                   .identity = {integer(row, 1)},
                   .email = {integer(row, 2)},
                   .thread = {integer(row, 3)},
                   .envelope = text(row, 4),
                   .send_at = time_of(row, 5),
                   .undo = static_cast<UndoStatus>(integer(row, 6)),
                   .delivery_status = row[7].is_null() ? std::nullopt : std::optional(text(row, 7))});
  }
  return out;
}

}  // namespace

std::vector<Submission> get_submissions(Snapshot& snapshot) {
  return submissions_of(snapshot.impl().exec(kSelect + "ORDER BY submission_id", snapshot.account()));
}

std::vector<Submission> get_submissions(Snapshot& snapshot, const std::vector<SubmissionId>& ids) {
  return submissions_of(snapshot.impl().exec(kSelect + "AND submission_id = ANY($2::bigint[])", snapshot.account(),
                                             array_of(ids, [](SubmissionId id) { return id.value; })));
}

}  // namespace waxseal::store
