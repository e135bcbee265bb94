#include "store/uploads.h"

#include "store/account_lock.h"
#include "store/blobs.h"
#include "store/pool.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

// Newest first: what is beyond the room is the oldest (RFC 8620 section 6).
constexpr const char* kMakeRoom =
    "WITH ranked AS (SELECT blob_id, sum(size) OVER (ORDER BY (blob_id = $2) DESC, expires_at DESC, blob_id) AS octets "
    "FROM blobs WHERE account_id = $1 AND expires_at IS NOT NULL) "
    "DELETE FROM blobs WHERE account_id = $1 AND refs = 0 AND expires_at IS NOT NULL AND blob_id <> $2 "
    "AND blob_id IN (SELECT blob_id FROM ranked WHERE octets > $3)";

bool over(Transaction& transaction, AccountId account, std::size_t room) {
  const Rows rows = transaction.exec(
      "SELECT coalesce(sum(size), 0) > $2 FROM blobs WHERE account_id = $1 AND expires_at IS NOT NULL", account, room);
  return boolean(rows[0], 0);
}

}  // namespace

void store_upload(Database& database, AccountId account, const Sha256& blob, Octets octets, std::size_t room) {
  store_octets(database, account, blob, octets);
  if (!run_autocommit(database, [&](Transaction& transaction) { return over(transaction, account, room); })) return;
  run(database, [&](Transaction& transaction) {
    lock_account(transaction, account);  // what makes use of a blob looks at its row under this lock
    transaction.exec(kMakeRoom, account, blob, room);
  });
}

bool renew_upload(Database& database, AccountId account, const Sha256& blob) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return transaction
               .exec(
                   "UPDATE blobs SET expires_at = CASE WHEN refs = 0 THEN now() + interval '1 day' ELSE expires_at END "
                   "WHERE account_id = $1 AND blob_id = $2",
                   account, blob)
               .affected_rows() > 0;
  });
}

std::size_t collect_expired_blobs(Database& database, std::size_t limit) {
  const auto candidates = run_autocommit(database, [&](Transaction& transaction) {
    std::vector<std::pair<AccountId, Sha256>> out;
    for (const Row& row : transaction.exec(
             "SELECT account_id, blob_id FROM blobs WHERE expires_at IS NOT NULL AND expires_at < now() LIMIT $1",
             limit)) {
      out.emplace_back(AccountId{integer(row, 0)}, digest(row, 1));
    }
    return out;
  });
  std::size_t removed = 0;
  for (const auto& [account, blob] : candidates) {
    removed += run(database, [&, account = account, blob = blob](Transaction& transaction) {
      lock_account(transaction, account);  // append looks at the row under this lock
      return static_cast<std::size_t>(
          transaction
              .exec("DELETE FROM blobs WHERE account_id = $1 AND blob_id = $2 AND refs = 0 AND expires_at < now()",
                    account, blob)
              .affected_rows());
    });
  }
  return removed;
}

BlobHolders blob_holders(Snapshot& snapshot, const Sha256& blob) {
  BlobHolders out;
  for (const Row& row : snapshot.impl().exec(
           "SELECT e.email_id, e.thread_id FROM email_meta m JOIN emails e ON e.account_id = m.account_id "
           "AND e.email_id = m.email_id WHERE m.account_id = $1 AND m.blob_id = $2 ORDER BY e.email_id",
           snapshot.account(), blob)) {
    out.emails.push_back({integer(row, 0)});
    const ThreadId thread{integer(row, 1)};
    if (std::find(out.threads.begin(), out.threads.end(), thread) == out.threads.end()) out.threads.push_back(thread);
  }
  if (out.emails.empty()) return out;
  for (const Row& row : snapshot.impl().exec(
           "SELECT DISTINCT mailbox_id FROM email_mailbox WHERE account_id = $1 AND email_id = ANY($2::bigint[]) "
           "ORDER BY mailbox_id",
           snapshot.account(), array_of(out.emails, [](EmailId id) { return id.value; }))) {
    out.mailboxes.push_back({integer(row, 0)});
  }
  return out;
}

}  // namespace waxseal::store
