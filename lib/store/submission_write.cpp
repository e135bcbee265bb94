#include "store/outgoing_rows.h"
#include "store/pool.h"
#include "store/sent_counts.h"
#include "store/submissions.h"
#include "store/tombstones.h"

namespace waxseal::store {

namespace {

using Failure = SubmissionWriteFailure;

// One write in one transaction.
class Writing {
 public:
  Writing(Transaction& transaction, AccountId account, const SubmissionWrite& wanted, std::int64_t key)
      : transaction_(transaction), account_(account), wanted_(wanted), key_(key) {}

  SubmissionWritten run() {
    const LockedStates states = lock_account(transaction_, account_);
    out_.state = state_now(states, states.submission, wanted_.if_in_state);
    const auto count = wanted_.create.size() + wanted_.cancel.size() + wanted_.destroy.size();
    const bool again = !wanted_.create.empty() && written_before();
    out_.state.mismatch = out_.state.mismatch && !again;
    if (out_.state.mismatch || count == 0) return std::move(out_);
    AccountLock numbers(transaction_, account_, static_cast<std::int64_t>(count), kNoType);
    if (!again) create(numbers);
    for (const SubmissionId id : wanted_.cancel) out_.cancelled.push_back(cancel(id, numbers));
    for (const SubmissionId id : wanted_.destroy) out_.destroyed.push_back(destroy(id));
    bury(transaction_, account_, Buried::kEmailSubmission, buried_, numbers);
    if (!changed_) return std::move(out_);
    numbers.also(kSubmissionType);
    transaction_.note_change(account_);
    out_.state.after = state_string(states.epoch, numbers.last());
    return std::move(out_);
  }

 private:
  // The i-th of a call has write key key_ + i.
  bool written_before() {
    const Rows rows = transaction_.exec(
        "SELECT submission_id, write_key FROM email_submissions WHERE account_id = $1 AND write_key >= $2 AND "
        "write_key < $3",
        account_, key_, key_ + static_cast<std::int64_t>(wanted_.create.size()));
    if (rows.empty()) return false;
    out_.created.resize(wanted_.create.size());
    for (const Row& row : rows) {
      out_.created[static_cast<std::size_t>(integer(row, 1) - key_)].id = {integer(row, 0)};
    }
    const SentCounts counts(transaction_, account_, wanted_.limits, wanted_.now);
    for (std::size_t i = 0; i < wanted_.create.size(); ++i) {
      if (out_.created[i].id.value == 0) out_.created[i].pause = counts.pause(wanted_.create[i].recipients);
    }
    return true;
  }

  void create(AccountLock& numbers) {
    if (wanted_.create.empty()) return;
    SentCounts counts(transaction_, account_, wanted_.limits, wanted_.now);
    for (std::size_t i = 0; i < wanted_.create.size(); ++i) {
      const NewSubmission& one = wanted_.create[i];
      if (const auto pause = counts.pause(one.recipients)) {
        out_.created.push_back({{}, pause});
        continue;
      }
      // The octets are held before anything else: an email that was destroyed meanwhile leaves them for an hour.
      if (!hold_blob(transaction_, account_, one.blob)) {
        out_.created.push_back({});
        continue;
      }
      const SubmissionId id{numbers.take()};
      insert(one, id, key_ + static_cast<std::int64_t>(i));
      counts.count(one.recipients);
      out_.created.push_back({id, {}});
      changed_ = true;
    }
    counts.write();
  }

  void insert(const NewSubmission& one, SubmissionId id, std::int64_t key) {
    const Submission& submission = one.submission;
    transaction_.exec(
        "INSERT INTO email_submissions (account_id, submission_id, modseq, write_key, identity_id, sent_email_id, "
        "sent_thread_id, envelope, send_at, undo_status) VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, 0)",
        account_, id, key, submission.identity, submission.email, submission.thread, submission.envelope,
        submission.send_at);
    transaction_.exec(
        "INSERT INTO outgoing (account_id, submission_id, blob_id, envelope, give_up_at, next_try_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        account_, id, one.blob, submission.envelope, one.give_up_at, submission.send_at);
  }

  Failure cancel(SubmissionId id, AccountLock& numbers) {
    const Rows rows = transaction_.exec(
        "SELECT undo_status FROM email_submissions WHERE account_id = $1 AND submission_id = $2", account_, id);
    if (rows.empty()) return Failure::kNotFound;
    const auto undo = static_cast<UndoStatus>(integer(rows[0], 0));
    if (undo == UndoStatus::kCanceled) return Failure::kNone;
    if (undo == UndoStatus::kFinal) return Failure::kCannotUnsend;
    const Rows dropped = transaction_.exec(
        "DELETE FROM outgoing WHERE account_id = $1 AND submission_id = $2 AND NOT in_hand AND NOT in_doubt "
        "RETURNING blob_id",
        account_, id);
    if (dropped.empty()) return Failure::kCannotUnsend;
    release_blob(transaction_, account_, digest(dropped[0], 0));
    transaction_.exec(
        "UPDATE email_submissions SET undo_status = 2, modseq = $3 WHERE account_id = $1 AND submission_id = $2",
        account_, id, numbers.take());
    changed_ = true;
    return Failure::kNone;
  }

  Failure destroy(SubmissionId id) {
    const Rows done =
        transaction_.exec("DELETE FROM email_submissions WHERE account_id = $1 AND submission_id = $2", account_, id);
    if (done.affected_rows() == 0) return Failure::kNotFound;
    buried_.push_back(id.value);
    changed_ = true;
    return Failure::kNone;
  }

  Transaction& transaction_;
  const AccountId account_;
  const SubmissionWrite& wanted_;
  const std::int64_t key_;
  SubmissionWritten out_;
  std::vector<std::int64_t> buried_;
  bool changed_ = false;
};

}  // namespace

SubmissionWritten write_submissions(Database& database, AccountId account, const SubmissionWrite& write,
                                    std::int64_t write_key) {
  return run(database, [&](Transaction& transaction) { return Writing(transaction, account, write, write_key).run(); });
}

}  // namespace waxseal::store
