#include "cli/context.h"

#include <ostream>

#include "service/lifecycle.h"
#include "service/suggest.h"

namespace waxseal::cli {

const service::Config& Context::config() {
  if (config_) return *config_;
  auto loaded = service::load_config(config_file());
  if (!loaded) {
    std::string problems;
    for (const std::string& problem : loaded.error()) problems += (problems.empty() ? "" : "\n") + problem;
    throw Failure(kUsage, problems);
  }
  config_ = std::move(*loaded);
  for (const std::string& warning : config_->warnings) err << "warning: " << warning << '\n';
  return *config_;
}

store::Database& Context::unchecked_database() {
  if (database_) return *database_;
  if (config().database.url.empty())
    throw Failure(kUsage,
                  config_file() +
                      ": database.url is missing; write for example\n  [database]\n  url = \"postgresql:///waxseal\"");
  store::DatabaseOptions options = service::database_options(config());
  // The administrator of an installed waxseal is root, and PostgreSQL knows the daemons' user only.
  if (!config_named()) options.local_user = "waxseal";
  database_ = std::make_unique<store::Database>(options);
  return *database_;
}

store::Database& Context::database() {
  store::Database& database = unchecked_database();
  if (!checked_) database.check();
  checked_ = true;
  return database;
}

store::Account Context::account(const std::string& name) {
  if (auto found = store::find_account(database(), name)) return *std::move(found);
  std::vector<std::string> names;
  for (const store::Account& account : store::list_accounts(database())) names.push_back(account.name);
  throw Failure(kNo, "there is no account \"" + name + "\"" + service::did_you_mean(name, names));
}

}  // namespace waxseal::cli
