#include "store/outgoing_rows.h"
#include "store/pool.h"
#include "store/submissions.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kRivals = 16;  // who may be faster at what was found

void finish_outgoing(Transaction& transaction, const Outgoing& mail) {
  transaction.exec("DELETE FROM outgoing WHERE account_id = $1 AND submission_id = $2", mail.account, mail.submission);
  release_blob(transaction, mail.account, mail.blob);
}

void postpone(Transaction& transaction, const Outgoing& mail, const Progress& progress) {
  transaction.exec(
      "UPDATE outgoing SET delivery_status = $3, next_try_at = $4, failures = failures + 1, in_hand = false, in_doubt "
      "= in_doubt OR $5 "
      "WHERE account_id = $1 AND submission_id = $2",
      mail.account, mail.submission, progress.delivery_status, progress.next_try, progress.in_doubt);
}

bool record(Transaction& transaction, const Outgoing& mail, const Progress& progress) {
  (void)lock_account(transaction, mail.account);
  if (transaction
          .exec("SELECT 1 FROM outgoing WHERE account_id = $1 AND submission_id = $2 AND claim = $3", mail.account,
                mail.submission, mail.claim)
          .empty()) {
    return false;
  }
  progress.finished ? finish_outgoing(transaction, mail) : postpone(transaction, mail, progress);
  if (transaction
          .exec("SELECT 1 FROM email_submissions WHERE account_id = $1 AND submission_id = $2", mail.account,
                mail.submission)
          .empty()) {
    return true;  // the client has destroyed the record
  }
  AccountLock numbers(transaction, mail.account, 1, kSubmissionType);
  transaction.exec(
      "UPDATE email_submissions SET delivery_status = $3, modseq = $4, undo_status = CASE WHEN $5 THEN 1 ELSE "
      "undo_status END WHERE account_id = $1 AND submission_id = $2",
      mail.account, mail.submission, progress.delivery_status, numbers.take(), progress.finished || progress.any_taken);
  return true;
}

}  // namespace

bool hold_blob(Transaction& transaction, AccountId account, const Sha256& blob) {
  return transaction
             .exec("UPDATE blobs SET refs = refs + 1, expires_at = NULL WHERE account_id = $1 AND blob_id = $2",
                   account, blob)
             .affected_rows() > 0;
}

void release_blob(Transaction& transaction, AccountId account, const Sha256& blob) {
  transaction.exec(
      "UPDATE blobs SET refs = refs - 1, expires_at = CASE WHEN refs = 1 THEN now() + interval '1 hour' ELSE "
      "expires_at END WHERE account_id = $1 AND blob_id = $2",
      account, blob);
}

// A claim whose lease ended without a result was that of a program that died: what it did is not known.
// Finding and claiming are two statements: the first looks everywhere, each of the others at one account.
std::vector<Outgoing> claim_outgoing(Database& database, Time now, Time lease_until, std::size_t limit) {
  const Rows due = run_autocommit(database, [&](Transaction& transaction) {
    return transaction.exec(
        "SELECT account_id, submission_id, claim FROM outgoing WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $2",
        now, limit + kRivals);
  });
  std::vector<Outgoing> out;
  for (const Row& row : due) {
    if (out.size() == limit) break;
    const Rows claimed = run_autocommit(database, [&](Transaction& transaction) {
      return transaction.exec(
          "UPDATE outgoing SET claim = claim + 1, in_doubt = in_doubt OR in_hand, in_hand = true, next_try_at = $5 "
          "WHERE account_id = $1 AND "
          "submission_id = $2 AND claim = $3 AND next_try_at <= $4 RETURNING blob_id, envelope, delivery_status, "
          "extract(epoch from give_up_at)::bigint, claim, failures",
          integer(row, 0), integer(row, 1), integer(row, 2), now, lease_until);
    });
    if (claimed.empty()) continue;  // somebody else was faster
    const Row mail = claimed[0];
    out.push_back({.account = {integer(row, 0)},
                   .submission = {integer(row, 1)},
                   .blob = digest(mail, 0),
                   .envelope = text(mail, 1),
                   .delivery_status = mail[2].is_null() ? std::nullopt : std::optional(text(mail, 2)),
                   .give_up_at = time_of(mail, 3),
                   .claim = integer(mail, 4),
                   .failures = static_cast<int>(integer(mail, 5))});
  }
  return out;
}

bool record_progress(Database& database, const Outgoing& mail, const Progress& progress) {
  return run(database, [&](Transaction& transaction) { return record(transaction, mail, progress); });
}

}  // namespace waxseal::store
