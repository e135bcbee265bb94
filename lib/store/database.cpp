#include "store/database.h"

#include <algorithm>
#include <thread>

#include "store/migrations.h"
#include "store/pool.h"
#include "store/time_limit.h"

namespace waxseal::store {

namespace {

constexpr int kAttempts = 5;

// 26000, 0A000: a prepared statement is gone, or its plan is of an older schema; a new session has neither trouble.
bool stale_statement(const std::string& sqlstate) {
  return sqlstate == "26000" || sqlstate == "0A000";
}

// statement_timeout, lock_timeout.
bool deadline_over(const std::string& sqlstate) {
  return sqlstate == "57014" || sqlstate == "55P03";
}

bool asks_to_run_again(const std::string& sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01" || stale_statement(sqlstate);
}

// The session is of no more use: shutdown and crash (57P0x), a standby after a failover (25006, G8).
bool spoils_session(const std::string& sqlstate) {
  return sqlstate.starts_with("57P") || sqlstate.starts_with("08") || sqlstate == "25006" || stale_statement(sqlstate);
}

Failure failed_statement(const pqxx::sql_error& error, const Connection& connection) {
  Failure failure;
  failure.message = error.sqlstate() + " " + error.what();
  failure.late = deadline_over(error.sqlstate());
  failure.discard = spoils_session(error.sqlstate()) || !connection.is_open();
  if (asks_to_run_again(error.sqlstate())) {
    failure.kind = Failure::Kind::kRunAgain;
  } else if (!connection.is_open() || error.sqlstate().starts_with("57P") || error.sqlstate().starts_with("08")) {
    failure.kind = Failure::Kind::kLost;
  }
  return failure;
}

}  // namespace

Failure classify(std::exception_ptr error, const Connection& connection) {
  Failure failure;
  failure.discard = !connection.is_open();
  try {
    std::rethrow_exception(error);
  } catch (const pqxx::broken_connection& e) {
    failure = {Failure::Kind::kLost, true, e.what()};
  } catch (const pqxx::in_doubt_error& e) {
    failure = {Failure::Kind::kLost, true, e.what()};
  } catch (const pqxx::serialization_failure& e) {
    failure = {Failure::Kind::kRunAgain, failure.discard, e.what()};
  } catch (const pqxx::deadlock_detected& e) {
    failure = {Failure::Kind::kRunAgain, failure.discard, e.what()};
  } catch (const pqxx::transaction_rollback& e) {  // 40003: completion unknown
    failure = {Failure::Kind::kLost, true, e.what()};
  } catch (const pqxx::sql_error& e) {
    failure = failed_statement(e, connection);
  } catch (const AnyFailure& e) {
    failure = {Failure::Kind::kUnavailable, true, text_of(e)};
    if (!connection.is_open()) failure.kind = Failure::Kind::kLost;
  } catch (...) {
    failure.kind = Failure::Kind::kNotOurs;
  }
  return failure;
}

void pause_or_throw(Database::Impl& pool, const Failure& failure, int attempt, std::exception_ptr error) {
  if (failure.kind == Failure::Kind::kNotOurs) std::rethrow_exception(error);
  pool.count(failure.kind);
  if (failure.kind == Failure::Kind::kLost) pool.forget_idle();
  if (failure.kind == Failure::Kind::kUnavailable && !failure.late) throw Refused(failure.message);
  if (failure.kind == Failure::Kind::kUnavailable || attempt >= kAttempts) throw Unavailable(failure.message);
  std::this_thread::sleep_for(std::chrono::milliseconds(5) * (1 << attempt));
}

bool KnownRows::contains(const Sha256& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(key);
  return found != keys_.end() && found->second > std::chrono::steady_clock::now();
}

void KnownRows::add(const Sha256& key) {
  const std::lock_guard lock(mutex_);
  if (keys_.size() >= capacity_) keys_.clear();
  keys_[key] = std::chrono::steady_clock::now() + lifetime_;
}

void Database::Impl::count(Failure::Kind kind) {
  const std::lock_guard lock(mutex_);
  if (kind == Failure::Kind::kRunAgain) ++counts_.run_again;
  if (kind == Failure::Kind::kLost) ++counts_.lost;
  if (kind == Failure::Kind::kUnavailable) ++counts_.unavailable;
}

PoolUse Database::Impl::use() const {
  const std::lock_guard lock(mutex_);
  PoolUse use = counts_;
  use.size = options.pool_size;
  use.open = open_;
  use.idle = idle_.size();
  return use;
}

// Under the lock.
void Database::Impl::enter_connect() {
  if (!refusal_.empty() && connecting_ > 0) throw Unavailable(refusal_);
  ++open_;
  ++connecting_;
}

std::unique_ptr<Connection> Database::Impl::connect() {
  std::string refusal = "the connection failed";
  const auto settle = [&](const std::string& why) {
    const std::lock_guard lock(mutex_);
    --connecting_;
    refusal_ = why;
    ++(why.empty() ? counts_.connects : counts_.unavailable);
  };
  try {
    auto connection = std::make_unique<Connection>(options, &overseer_);
    settle("");
    return connection;
  } catch (const AnyFailure& e) {
    refusal = text_of(e);
  } catch (...) {
    settle(refusal);
    discard();
    throw;
  }
  settle(refusal);
  discard();
  throw Unavailable(refusal);
}

std::unique_ptr<Connection> Database::Impl::take() {
  if (TimeLimit::over()) throw Unavailable("the time that this work may take is over");
  std::unique_lock lock(mutex_);
  const auto free = [this] { return !idle_.empty() || open_ < options.pool_size; };
  if (!free()) {
    ++counts_.waits;
    if (!returned_.wait_for(lock, TimeLimit::within(options.lease_wait), free))
      throw Unavailable("every connection of the pool is in use");
  }
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());  // the one used last: the others may age and be closed by the server
    idle_.pop_back();
    return connection;
  }
  enter_connect();
  lock.unlock();
  return connect();
}

void Database::Impl::give_back(std::unique_ptr<Connection> connection, std::uint64_t generation) {
  {
    const std::lock_guard lock(mutex_);
    if (generation == generation_ && connection->is_open()) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  returned_.notify_one();
}

void Database::Impl::discard() {
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  returned_.notify_one();
}

void Database::Impl::forget_idle() {
  std::deque<std::unique_ptr<Connection>> broken;
  {
    const std::lock_guard lock(mutex_);
    ++generation_;
    open_ -= idle_.size();
    broken.swap(idle_);
  }
  append_memory.clear();
  returned_.notify_all();
}

std::uint64_t Database::Impl::current_generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

Lease::Lease(Database::Impl& pool) : pool_(pool), generation_(pool.current_generation()), connection_(pool.take()) {}

Lease::~Lease() {
  if (discard_) {
    connection_.reset();
    pool_.discard();
  } else {
    pool_.give_back(std::move(connection_), generation_);
  }
}

Database::Database(DatabaseOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Database::~Database() = default;

PoolUse Database::pool_use() const {
  return impl_->use();
}

void Database::check() {
  const MigrationStatus status = migration_status(*this);
  if (!status.initialised) throw SchemaMismatch("the database is empty: run `waxseal db init`");
  if (status.newer_than_program) throw SchemaMismatch("the database's schema is newer than this program");
  if (!status.current())
    throw SchemaMismatch("the database's schema is older than this program: run `waxseal db migrate`");
}

}  // namespace waxseal::store
