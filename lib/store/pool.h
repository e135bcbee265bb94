// The pool behind Database, and run(): a transaction as a function that can be run again (R12).  Private to lib/store.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <unordered_map>

#include "store/append_memory.h"
#include "store/combiner.h"
#include "store/database.h"
#include "store/notify.h"
#include "store/recent.h"
#include "store/time_limit.h"
#include "store/transaction.h"

namespace waxseal::store {

// What an exception means for the transaction that it ended.
struct Failure {
  enum class Kind {
    kRunAgain,     // 40001, 40P01: the server asks for it
    kLost,         // the connection is gone; whether a COMMIT happened is unknown (G4)
    kUnavailable,  // full, read-only, too slow, shutting down, refused
    kNotOurs,      // not from the database: rethrown as it is
  };
  Kind kind = Kind::kUnavailable;
  bool discard = true;  // the connection must not be used again
  std::string message;
  bool late = false;  // a deadline of the server's was over
};
// Not for lack of time, nor of a connection: the server does not do what it was asked to.
class Refused : public Unavailable {
  using Unavailable::Unavailable;
};
Failure classify(std::exception_ptr error, const Connection& connection);

// Remembers for a while what need not be done again.  Bounded; thread-safe.
class KnownRows {
 public:
  KnownRows(std::chrono::seconds lifetime, std::size_t capacity) : lifetime_(lifetime), capacity_(capacity) {}
  bool contains(const Sha256& key) const;
  void add(const Sha256& key);

 private:
  const std::chrono::seconds lifetime_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, std::chrono::steady_clock::time_point> keys_;
};

inline constexpr std::size_t kTogetherOctets = 1024 * 1024;  // that are sent with the rows
inline constexpr std::size_t kTransactionsOfDeliveries = 4;  // at a time
inline constexpr std::size_t kCrowd = 16;                    // deliveries that wait before another transaction begins
inline constexpr std::chrono::milliseconds kLongWait{20};    // of one of them, before another one begins all the same

struct Database::Impl {
  explicit Impl(DatabaseOptions chosen) : options(std::move(chosen)) {}

  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection, std::uint64_t generation);
  void discard();      // a taken connection is destroyed
  void forget_idle();  // the server went away: idle connections are broken too
  std::uint64_t current_generation() const;
  void count(Failure::Kind kind);
  PoolUse use() const;
  void notify(const std::string& accounts);  // of the notifier

  const DatabaseOptions options;
  KnownRows committed{std::chrono::hours(1), 65'536};  // certificates, units and holders

  // Deliveries that must wait are stored together, whatever account they are for; those whose account somebody else was
  // quicker to change once more, account by account.
  Combiner<Arrival> appends{{.mix = Combiner<Arrival>::Mix::kAccounts,
                             .works = kTransactionsOfDeliveries,
                             .crowd = kCrowd,
                             .long_wait = kLongWait,
                             .items = kTogether,
                             .weight = kTogetherOctets}};
  Combiner<Arrival> locked_appends{{.mix = Combiner<Arrival>::Mix::kOneAccount,
                                    .works = static_cast<std::size_t>(-1),
                                    .crowd = 0,
                                    .long_wait = {},
                                    .items = kTogether,
                                    .weight = kTogetherOctets}};

  AppendMemory append_memory;

  KnownRows passwords{std::chrono::minutes(5),
                      16'384};  // HMAC of (name, password, stored hash): right a short time ago (R36)

 private:
  // The circuit breaker (G6): after a refused connection one caller at a time tries another; whoever else needs one
  // meanwhile is told at once what the last one was told.
  void enter_connect();
  std::unique_ptr<Connection> connect();

  Overseer overseer_;  // outlives the connections
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::deque<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;
  std::uint64_t generation_ = 0;
  std::size_t connecting_ = 0;
  std::string refusal_;  // of the last connection; empty: it was accepted
  PoolUse counts_;       // what only grows

 public:
  RecentEvidence recent_evidence;
  RecentRecipients recent_recipients;
  Notifier notifier{[this](const std::string& accounts) { notify(accounts); }};  // last: its thread uses the pool
};

// One connection of the pool, for a while.
class Lease {
 public:
  explicit Lease(Database::Impl& pool);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Connection& connection() { return *connection_; }
  void discard() { discard_ = true; }

 private:
  Database::Impl& pool_;
  std::uint64_t generation_;
  std::unique_ptr<Connection> connection_;
  bool discard_ = false;
};

// Pauses and returns if another attempt makes sense; otherwise throws what the caller shall see.
void pause_or_throw(Database::Impl& pool, const Failure& failure, int attempt, std::exception_ptr error);

// Commits, and has listeners told which account changed.
inline void finish(std::optional<Transaction>& transaction, Database::Impl& pool) {
  if (transaction->abandoned()) return;
  transaction->commit();
  for (const AccountId account : transaction->changed()) pool.notifier.changed(account);
}

// Runs body(Transaction&) and commits.  The body may run several times: it must not keep anything from a failed
// attempt, and running it again after a commit whose answer was lost must be harmless.
template <class Body>
std::invoke_result_t<Body&, Transaction&> run(Database& database, Body body,
                                              Transaction::Mode mode = Transaction::Mode::kReadWrite) {
  Database::Impl& pool = database.impl();
  for (int attempt = 1;; ++attempt) {
    Failure failure;
    std::exception_ptr error;
    {
      Lease lease(pool);
      try {
        std::optional<Transaction> transaction(std::in_place, lease.connection(), mode);
        if constexpr (std::is_void_v<std::invoke_result_t<Body&, Transaction&>>) {
          body(*transaction);
          finish(transaction, pool);
          return;
        } else {
          auto result = body(*transaction);
          finish(transaction, pool);
          return result;
        }
      } catch (...) {
        error = std::current_exception();
        failure = classify(error, lease.connection());
        if (failure.discard) lease.discard();
      }
    }
    pause_or_throw(pool, failure, attempt, error);
  }
}

// One statement, or several that need not be atomic.
template <class Body>
std::invoke_result_t<Body&, Transaction&> run_autocommit(Database& database, Body body) {
  return run(database, std::move(body), Transaction::Mode::kAutocommit);
}

}  // namespace waxseal::store
