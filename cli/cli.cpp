#include "cli/cli.h"

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "service/suggest.h"

namespace waxseal::cli {

namespace {

struct CommandRow {
  const char* name;
  const char* summary;
  void (*define)(CLI::App&, Invocation&);
};

constexpr CommandRow kCommands[] = {
    {"db", "Create, update and examine the schema of the database", define_db},
    {"account", "Accounts and their passwords", define_account},
    {"address", "Addresses whose mail an account receives", define_address},
    {"token", "Tokens that let programs read an account's mail", define_token},
    {"trust", "Trust anchors: whose certificates are believed", define_trust},
    {"verify", "Verify messages in files and explain the verdict", define_verify},
    {"import", "Store messages of maildirs, mboxes and files in an account", define_import},
    {"reverify", "Evaluate now what waxseal-reverifyd would evaluate", define_reverify},
    {"why", "Tell how a message's verdict came to be what it is", define_why},
    {"fetches", "List what is fetched about revocation, and what went wrong", define_fetches},
    {"doctor", "Examine the installation and say what to do about what is wrong", define_doctor},
    {"stats", "Show what the daemons are doing", define_stats},
    {"reload", "Let the daemons read the configuration again", define_reload},
    {"config", "Show what the configuration comes to", define_config},
    {"check-config", "Say what is wrong with the configuration", define_check_config},
    {"completion", "Print what a shell needs to complete the commands of waxseal", define_completion},
};

constexpr const char* kFooter =
    "Exit status: 0 done; 1 not done, or not signed/verified; 2 wrong usage, configuration or unreadable file;\n"
    "3 the database cannot be used now.  See waxseal(1).";

// CLI11 reports an unknown command as an unexpected argument or not at all: name it and the nearest one.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  std::vector<std::string> names;
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  for (const CLI::App* sub : command->get_subcommands({})) names.push_back(sub->get_name());
  const std::vector<std::string> rest = app.remaining(true);
  const auto word = std::find_if(rest.begin(), rest.end(), [](const std::string& w) { return !w.starts_with('-'); });
  const std::string of = command == &app ? "" : " of \"" + command->get_name() + '"';
  if (!names.empty() && word != rest.end())
    return "there is no command \"" + *word + '"' + of + service::did_you_mean(*word, names);
  if (!names.empty() && rest.empty()) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return "a command" + of + " is missing: " + list;
  }
  if (!rest.empty()) {
    std::vector<std::string> options;
    for (const CLI::Option* option : command->get_options()) options.push_back(option->get_name(false, false));
    return "unexpected argument \"" + rest.front() + "\"" + service::did_you_mean(rest.front(), options);
  }
  return error.what();
}

int complain(const Environment& environment, ExitStatus status, const std::string& message) {
  environment.err << "waxseal: " << printable_text(message) << '\n';
  return status;
}

int run(const Environment& environment, const Invocation& invocation, std::optional<std::string> config_file) {
  try {
    Context context(environment, std::move(config_file));
    return invocation.run(context);
  } catch (const Failure& failure) {
    return complain(environment, failure.status, failure.what());
  } catch (const store::SchemaMismatch& error) {
    return complain(
        environment, kDatabase,
        std::string(error.what()) + "\nrun `waxseal db status`, then `waxseal db init` or `waxseal db migrate`");
  } catch (const store::Unavailable& error) {
    return complain(environment, kDatabase,
                    std::string("the database cannot be used: ") + error.what() +
                        "\nis PostgreSQL running, and is database.url right? `waxseal db status` tries again");
  }
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, const Environment& environment) {
  CLI::App app("waxseal verifies S/MIME signatures of mail and keeps the verdicts true", "waxseal");
  std::string config_file;
  Invocation invocation;
  const CLI::Option* config =
      app.add_option("--config", config_file, std::string("Configuration (") + service::kDefaultConfigPath + ")")
          ->type_name("FILE");
  app.set_version_flag("--version", "waxseal " WAXSEAL_VERSION);
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(kFooter);
  for (const CommandRow& row : kCommands) row.define(*app.add_subcommand(row.name, row.summary), invocation);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version, environment.out, environment.err);
  } catch (const CLI::ParseError& error) {
    return complain(environment, kUsage,
                    explain(app, error) + "\n`waxseal --help` and `waxseal COMMAND --help` tell more");
  }
  return run(environment, invocation, config->count() > 0 ? std::optional(config_file) : std::nullopt);
}

}  // namespace waxseal::cli
