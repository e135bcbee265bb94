// waxseal config show: what the configuration comes to.

#include <ostream>

#include "cli/command.h"
#include "cli/output.h"

namespace waxseal::cli {

namespace {

struct Options {
  bool defaults = false;
  bool json = false;
};

int show(Context& context, const Options& options) {
  for (const service::SettingValue& setting : service::setting_values(context.config())) {
    if (setting.is_default && !options.defaults) continue;
    // What is shown is pasted into tickets.
    const std::string value = setting.key == "database.url" ? without_password(setting.value) : setting.value;
    if (options.json) {
      print_json(context.out, {{"key", setting.key}, {"value", value}, {"default", setting.is_default}});
    } else {
      context.out << setting.key << " = " << printable(value)
                  << (setting.is_default ? coloured(context.colour, Colour::kDim, "  # default") : "") << '\n';
    }
  }
  return kDone;
}

}  // namespace

void define_config(CLI::App& command, Invocation& invocation) {
  command.require_subcommand(1);
  CLI::App& show_command = *command.add_subcommand("show", "Print the settings that differ from their defaults");
  Options& options = runs(show_command, invocation, show);
  show_command.add_flag("--defaults", options.defaults, "Those that do not, too");
  show_command.add_flag("--json", options.json, "One JSON object a line; values are TOML");
}

}  // namespace waxseal::cli
