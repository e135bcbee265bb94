// waxseal db init | migrate | status.

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "store/migrations.h"

namespace waxseal::cli {

namespace {

struct Options {
  bool dry_run = false;
  bool json = false;
};

store::MigrationStatus status_or_advice(Context& context) {
  try {
    return store::migration_status(context.unchecked_database());
  } catch (const store::Unavailable& error) {
    throw Failure(kDatabase,
                  without_password(context.config().database.url) + ": " + error.what() +
                      "\nif role and database do not exist yet, let the administrator of PostgreSQL create them:"
                      "\n  sudo -u postgres createuser waxseal"
                      "\n  sudo -u postgres createdb --owner=waxseal waxseal"
                      "\nand run this command as a user whom PostgreSQL lets in as that role");
  }
}

bool missing(const store::Migration& migration) {
  return !migration.applied_at;
}

int apply(Context& context, const Options& options) {
  const store::MigrationStatus before = status_or_advice(context);
  const auto pending = std::count_if(before.migrations.begin(), before.migrations.end(), missing);
  context.out << "database " << without_password(context.config().database.url) << ": "
              << (before.initialised ? "has a schema" : "is empty") << ", " << pending << " migrations to apply\n";
  if (options.dry_run) {
    for (const store::Migration& migration : before.migrations)
      if (missing(migration)) context.out << "would apply " << migration.name << '\n';
    return kDone;
  }
  const auto applied = store::migrate(
      context.unchecked_database(), context.now(),
      [&](const store::Migration& migration) { context.out << "applied " << migration.name << std::endl; });
  if (!applied) throw Failure(kNo, applied.error());
  context.out << (*applied == 0 ? "nothing to do\n" : "done\n");
  if (!before.initialised)
    context.out
        << "next: `waxseal trust add FILE` for the authorities you believe, `waxseal account add NAME` for mailboxes\n";
  return kDone;
}

std::string state_of(const store::Migration& migration) {
  if (migration.altered) return "altered";
  return migration.applied_at ? format_utc_date(*migration.applied_at) : "missing";
}

Json to_json(const store::MigrationStatus& status) {
  Json migrations = Json::array();
  for (const store::Migration& migration : status.migrations)
    migrations.push_back({{"name", migration.name},
                          {"appliedAt", migration.applied_at ? Json(format_utc_date(*migration.applied_at)) : Json()},
                          {"altered", migration.altered}});
  return {{"initialised", status.initialised},
          {"current", status.current()},
          {"newerThanProgram", status.newer_than_program},
          {"migrations", migrations}};
}

std::string_view advice(const store::MigrationStatus& status) {
  if (status.current()) return "the schema is current\n";
  if (status.newer_than_program) return "the database is newer than this program: install the newer waxseal\n";
  const bool altered = std::any_of(status.migrations.begin(), status.migrations.end(),
                                   [](const store::Migration& migration) { return migration.altered; });
  if (altered) return "an applied migration is not the one of this program: it was built from altered sources\n";
  return status.initialised ? "run `waxseal db migrate`\n" : "run `waxseal db init`\n";
}

int status(Context& context, const Options& options) {
  const store::MigrationStatus status = status_or_advice(context);
  if (options.json) {
    print_json(context.out, to_json(status));
    return status.current() ? kDone : kNo;
  }
  std::vector<std::vector<std::string>> rows;
  for (const store::Migration& migration : status.migrations) rows.push_back({migration.name, state_of(migration)});
  print_columns(context.out, {"MIGRATION", "APPLIED"}, rows);
  context.out << advice(status);
  return status.current() ? kDone : kNo;
}

}  // namespace

void define_db(CLI::App& command, Invocation& invocation) {
  command.require_subcommand(1);
  CLI::App& init = *command.add_subcommand("init", "Create the schema in the configured database");
  init.add_flag("--dry-run", runs(init, invocation, apply).dry_run, "Only say what would be done");
  CLI::App& migrate = *command.add_subcommand("migrate", "Bring the schema up to this version of waxseal");
  migrate.add_flag("--dry-run", runs(migrate, invocation, apply).dry_run, "Only say what would be done");
  CLI::App& show = *command.add_subcommand("status", "List the migrations; exit status 1 if some are missing");
  show.add_flag("--json", runs(show, invocation, status).json, "One JSON object");
}

}  // namespace waxseal::cli
