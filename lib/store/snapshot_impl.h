// Inside of Snapshot.  Private to lib/store.
#pragma once

#include "store/pool.h"
#include "store/snapshot.h"
#include "store/unit_rows.h"

namespace waxseal::store {

struct Snapshot::Impl {
  Impl(Database& database, AccountId account);
  ~Impl() { close(); }

  template <class... Args>
  Rows exec(const std::string& sql, const Args&... args) {
    return guarded([&] { return transaction->exec(sql, args...); });
  }
  Rows exec_composed(const std::string& sql, const std::vector<std::string>& parameters,
                     Transaction::Recurs recurs = Transaction::Recurs::kSeldom) {
    return guarded([&] { return transaction->exec_composed(sql, parameters, recurs); });
  }

  std::map<smime::UnitId, StoredUnit> read_units(const std::set<smime::UnitId>& ids) {
    return guarded([&] { return store::read_units(*transaction, ids); });
  }

  const AccountId account;
  std::unique_ptr<Lease> lease;
  std::unique_ptr<Transaction> transaction;

  // account_state, read with the snapshot's first statement
  std::int64_t epoch = 0;
  std::int64_t email_modseq = 0;
  std::int64_t mailbox_modseq = 0;
  std::int64_t thread_modseq = 0;
  std::int64_t identity_modseq = 0;
  std::int64_t submission_modseq = 0;

 private:
  void open(Database& database);
  void close();

  // A snapshot cannot be run again: what it has answered already belongs to it.
  template <class Statement>
  std::invoke_result_t<Statement&> guarded(Statement statement) {
    try {
      return statement();
    } catch (...) {
      const std::exception_ptr error = std::current_exception();
      const Failure failure = classify(error, lease->connection());
      if (failure.discard) lease->discard();
      if (failure.kind == Failure::Kind::kNotOurs) std::rethrow_exception(error);
      throw Unavailable(failure.message);
    }
  }
};

}  // namespace waxseal::store
