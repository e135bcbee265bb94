#include "store/snapshot.h"

#include "store/snapshot_impl.h"

namespace waxseal::store {

Snapshot::Impl::Impl(Database& database, AccountId chosen) : account(chosen) {
  Database::Impl& pool = database.impl();
  for (int attempt = 1;; ++attempt) {
    Failure failure;
    std::exception_ptr error;
    try {
      open(database);
      return;
    } catch (...) {
      error = std::current_exception();
      if (!lease) throw;  // no connection at all
      failure = classify(error, lease->connection());
      if (failure.discard) lease->discard();
    }
    close();
    pause_or_throw(pool, failure, attempt, error);  // nothing was answered yet: another connection may do
  }
}

void Snapshot::Impl::open(Database& database) {
  lease = std::make_unique<Lease>(database.impl());
  transaction = std::make_unique<Transaction>(lease->connection(), Transaction::Mode::kAutocommit);
  // One round trip for both.  Several statements at once cannot have parameters; the account is a number.
  const Rows rows = transaction->exec_simple(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT epoch, email_modseq, mailbox_modseq, thread_modseq, "
      "identity_modseq, submission_modseq FROM account_state WHERE account_id = " +
      std::to_string(account.value));
  if (rows.empty()) throw Unavailable("there is no such account");
  epoch = integer(rows[0], 0);
  email_modseq = integer(rows[0], 1);
  mailbox_modseq = integer(rows[0], 2);
  thread_modseq = integer(rows[0], 3);
  identity_modseq = integer(rows[0], 4);
  submission_modseq = integer(rows[0], 5);
}

// A connection whose transaction did not end is of no more use.
void Snapshot::Impl::close() {
  if (transaction) {
    try {
      (void)transaction->exec_simple("ROLLBACK");
    } catch (const std::exception&) {
      lease->discard();
    }
  }
  transaction.reset();
  lease.reset();
}

Snapshot::Snapshot(Database& database, AccountId account) : impl_(std::make_unique<Impl>(database, account)) {}

Snapshot::~Snapshot() = default;

AccountId Snapshot::account() const {
  return impl_->account;
}

}  // namespace waxseal::store
