#include "store/migrations.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/sha256.h"
#include "store/embedded_migrations.h"
#include "store/pool.h"

namespace waxseal::store {

namespace {

// The lock is a row: advisory locks are per node on a cluster (storage.md, amendment 5).
constexpr const char* kBookkeeping =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "  number integer NOT NULL PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT "
    "NULL);"
    "CREATE TABLE IF NOT EXISTS schema_lock (id smallint NOT NULL PRIMARY KEY);"
    "INSERT INTO schema_lock (id) VALUES (1) ON CONFLICT DO NOTHING";

constexpr int kLockAttempts = 60;

int number_of(std::string_view name) {
  int number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

std::map<int, Migration> embedded() {
  std::map<int, Migration> out;
  for (const EmbeddedMigration& each : embedded_migrations()) {
    const int number = number_of(each.name);
    out[number] = {.number = number, .name = std::string(each.name), .checksum = sha256(each.sql).hex()};
  }
  return out;
}

bool has_bookkeeping(Transaction& transaction) {
  return boolean(transaction.exec("SELECT to_regclass('schema_migrations') IS NOT NULL")[0], 0);
}

MigrationStatus read_status(Transaction& transaction) {
  std::map<int, Migration> all = embedded();
  MigrationStatus status;
  if (has_bookkeeping(transaction)) {
    for (const Row& row : transaction.exec("SELECT number, name, checksum, extract(epoch from applied_at)::bigint "
                                           "FROM schema_migrations ORDER BY number")) {
      status.initialised = true;
      const int number = static_cast<int>(integer(row, 0));
      const bool known = all.contains(number);
      Migration& migration = all[number];
      if (known) {
        migration.altered = migration.checksum != text(row, 2);
      } else {
        migration = {.number = number, .name = text(row, 1), .checksum = text(row, 2)};
        status.newer_than_program = true;
      }
      migration.applied_at = time_of(row, 3);
    }
  }
  for (auto& [number, migration] : all) status.migrations.push_back(std::move(migration));
  return status;
}

// What stands in the way of applying anything; empty: nothing.
std::string objection(const MigrationStatus& status) {
  bool gap = false;
  for (const Migration& each : status.migrations) {
    if (each.altered) {
      return "migration " + each.name +
             " was applied with another text than this program has: the database was set up by "
             "a different build; install the waxseal that made it, or restore a backup";
    }
    if (gap && each.applied_at)
      return "migration " + each.name + " was applied before an earlier one: refusing to guess";
    gap = gap || !each.applied_at;
  }
  if (status.newer_than_program) return "the database's schema is newer than this program: upgrade waxseal";
  return {};
}

void create_bookkeeping(Database& database) {
  run(database, [](Transaction& transaction) {
    if (!has_bookkeeping(transaction)) transaction.exec_script(kBookkeeping);
  });
}

struct Step {
  std::optional<Migration> applied;
  std::string error;
};

// Applies the first missing migration, alone: the lock row is held until the commit.
Step apply_next(Database& database, Time now) {
  return run(database, [now](Transaction& transaction) -> Step {
    transaction.exec_script("SET LOCAL statement_timeout = 0");
    transaction.exec("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE");
    const MigrationStatus status = read_status(transaction);
    if (std::string error = objection(status); !error.empty()) {
      transaction.abandon();
      return {std::nullopt, std::move(error)};
    }
    for (const Migration& each : status.migrations) {
      if (each.applied_at) continue;
      for (const EmbeddedMigration& file : embedded_migrations()) {
        if (file.name == each.name) transaction.exec_script(std::string(file.sql));
      }
      transaction.exec("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                       each.number, each.name, each.checksum, now);
      Migration applied = each;
      applied.applied_at = now;
      return {std::move(applied), {}};
    }
    transaction.abandon();
    return {};
  });
}

// Another process may hold the lock row for as long as its migration takes.
Step apply_next_patiently(Database& database, Time now) {
  for (int attempt = 1;; ++attempt) {
    try {
      return apply_next(database, now);
    } catch (const Unavailable& e) {
      const bool lock_timeout = std::string_view(e.what()).starts_with("55P03");
      if (!lock_timeout || attempt >= kLockAttempts) throw;
    }
  }
}

}  // namespace

bool MigrationStatus::current() const {
  return initialised && !newer_than_program &&
         std::all_of(migrations.begin(), migrations.end(),
                     [](const Migration& each) { return each.applied_at.has_value() && !each.altered; });
}

MigrationStatus migration_status(Database& database) {
  return run(
      database, [](Transaction& transaction) { return read_status(transaction); }, Transaction::Mode::kSnapshot);
}

Result<int> migrate(Database& database, Time now, const std::function<void(const Migration&)>& on_applied) {
  try {
    create_bookkeeping(database);
  } catch (const Unavailable&) {
    create_bookkeeping(database);  // two programs at once: CREATE TABLE IF NOT EXISTS may collide once
  }
  for (int applied = 0;; ++applied) {
    const Step step = apply_next_patiently(database, now);
    if (!step.error.empty()) return unexpected(step.error);
    if (!step.applied) return applied;
    if (on_applied) on_applied(*step.applied);
  }
}

}  // namespace waxseal::store
