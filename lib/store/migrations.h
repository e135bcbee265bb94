// Numbered, forward-only, checksummed migrations embedded from schema/*.sql (`waxseal db init|migrate|status`).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace waxseal::store {

struct Migration {
  int number = 0;
  std::string name;      // "001_accounts"
  std::string checksum;  // SHA-256 of the text, hex
  std::optional<Time> applied_at;
  bool altered = false;  // applied with another checksum than the embedded text has
};

struct MigrationStatus {
  bool initialised = false;
  std::vector<Migration> migrations;  // embedded and applied, by number
  bool newer_than_program = false;    // the database has a migration that this program does not know
  bool current() const;
};

MigrationStatus migration_status(Database& database);

// Applies what is missing, one transaction each, one process at a time (a lock row; others wait).  `on_applied` is called after
// each commit.  Error: altered or unknown migrations, with what to do.
Result<int> migrate(Database& database, Time now, const std::function<void(const Migration&)>& on_applied = {});

}  // namespace waxseal::store
