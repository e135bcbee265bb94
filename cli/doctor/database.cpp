// PostgreSQL: reachable, of the right schema, writable, and not told to forget what it acknowledged.
#include <cstdlib>

#include "cli/doctor/finding.h"
#include "cli/output.h"
#include "store/migrations.h"
#include "store/server_facts.h"

namespace waxseal::cli::doctor {

namespace {

constexpr int kOldestVersion = 130000;
constexpr std::int64_t kClocksApart = 5;      // seconds
constexpr std::int64_t kRoomPercent = 80;     // of max_connections
constexpr std::int64_t kProgramsSharing = 4;  // milter, lmtpd, jmapd, reverifyd: each has a pool

void examine_durability(const store::ServerFacts& facts, Room& room) {
  if (!facts.fsync || !facts.full_page_writes) {
    room.problem(std::string(facts.fsync ? "full_page_writes" : "fsync") +
                     " is off: mail that was acknowledged can be lost with the power",
                 "switch it on in postgresql.conf and reload the server");
  }
  if (facts.read_only) {
    room.problem("the server is read-only (a standby, or default_transaction_read_only)",
                 "let database.url name the primary; with several hosts add target_session_attrs=read-write");
  }
}

void examine_server(Context& context, const store::ServerFacts& facts, Room& room) {
  if (facts.version_number < kOldestVersion)
    room.problem("PostgreSQL " + facts.version + " is older than 13", "upgrade the server");
  if (facts.encoding != "UTF8")
    room.problem("the database's encoding is " + facts.encoding,
                 "create it with `createdb --encoding=UTF8 --template=template0`");
  examine_durability(facts, room);
  const std::int64_t apart = std::llabs((facts.now - context.now()).count());
  if (apart > kClocksApart)
    room.warning("the server's clock and this machine's are " + std::to_string(apart) + " seconds apart",
                 "synchronise both (chrony)");
  const auto wanted = static_cast<std::int64_t>(context.config().database.pool_size) * kProgramsSharing;
  if (wanted > facts.max_connections * kRoomPercent / 100)
    room.warning("four programs with database.pool_size = " + std::to_string(context.config().database.pool_size) +
                     " may want more than the server's max_connections = " + std::to_string(facts.max_connections) +
                     " leaves",
                 "lower database.pool_size or raise max_connections");
}

bool examine_schema(store::Database& database, Room& room) {
  const store::MigrationStatus status = store::migration_status(database);
  if (status.current()) return true;
  if (!status.initialised) {
    room.problem("the database is empty", "`waxseal db init`");
  } else if (status.newer_than_program) {
    room.problem("the schema is newer than this program", "upgrade waxseal on this machine");
  } else {
    room.problem("the schema is older than this program, or was altered",
                 "`waxseal db status`, then `waxseal db migrate`");
  }
  return false;
}

}  // namespace

bool examine_database(Context& context, Findings& findings) {
  Room room("database", findings);
  try {
    store::Database& database = context.unchecked_database();
    const store::ServerFacts facts = store::server_facts(database);
    examine_server(context, facts, room);
    if (!examine_schema(database, room)) return false;
    room.good("PostgreSQL " + facts.version + " answers, and the schema is current");
    return true;
  } catch (const store::Unavailable& error) {
    room.problem(without_password(context.config().database.url) + " cannot be used: " + error.what(),
                 "is PostgreSQL running, and is database.url right? `waxseal db status` tries again");
    return false;
  }
}

}  // namespace waxseal::cli::doctor
