// waxseal check-config: every problem of the file, without touching the database.

#include <ostream>

#include "cli/command.h"
#include "service/lifecycle.h"

namespace waxseal::cli {

namespace {

struct Options {
  bool example = false;
};

int check_config(Context& context, const Options& options) {
  if (options.example) {
    context.out << service::example_config();
    return kDone;
  }
  const service::Config& config = context.config();
  if (const auto checked = service::check_values(config); !checked)
    throw Failure(kUsage, config.file + ": " + checked.error());
  if (config.database.url.empty())
    context.err << "warning: database.url is missing: only `waxseal verify --anchors` will work\n";
  context.out << config.file << " is right\n";
  return kDone;
}

}  // namespace

void define_check_config(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, check_config);
  command.add_flag("--example", options.example, "Print a configuration that names every setting with its default");
}

}  // namespace waxseal::cli
