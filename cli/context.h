// What a command works with: streams, clock, configuration and database, each opened when it is first asked for.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "cli/cli.h"
#include "service/config.h"
#include "store/accounts.h"
#include "store/database.h"

namespace waxseal::cli {

// Ends the command with a message to standard error.
struct Failure : std::runtime_error {
  Failure(ExitStatus status_, const std::string& message) : std::runtime_error(message), status(status_) {}
  ExitStatus status;
};

class Context {
 public:
  Context(const Environment& environment, std::optional<std::string> config_file)
      : in(environment.in),
        out(environment.out),
        err(environment.err),
        colour(environment.colour),
        err_terminal(environment.err_terminal),
        progress(environment.err_terminal && !environment.out_terminal),
        config_file_(std::move(config_file)),
        clock_(environment.clock) {}

  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const bool colour;
  const bool err_terminal;
  const bool progress;  // `err` is a terminal that shows nothing else while `out` is written

  const Clock& clock() const { return clock_; }
  Time now() const { return clock_.now(); }

  // --config FILE was given.
  bool config_named() const { return config_file_.has_value(); }
  std::string config_file() const { return config_file_.value_or(service::kDefaultConfigPath); }

  // Throws Failure with every problem of the file.
  const service::Config& config();
  // Connected, schema checked.  Throws Failure, store::Unavailable, store::SchemaMismatch.
  store::Database& database();
  // Connected lazily, schema unchecked: for `waxseal db`.
  store::Database& unchecked_database();
  // Throws Failure if there is none of that name.
  store::Account account(const std::string& name);

 private:
  std::optional<std::string> config_file_;
  const Clock& clock_;
  std::optional<service::Config> config_;
  std::unique_ptr<store::Database> database_;
  bool checked_ = false;
};

}  // namespace waxseal::cli
