// A command = a row of the table in cli.cpp = a file NAME_command.cpp that declares its options and what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "cli/context.h"

namespace waxseal::cli {

// What the command line asked for; filled while it is parsed, run afterwards.
struct Invocation {
  std::function<int(Context&)> run;
};

// Declares that `command` runs `function`; its options are to be bound to the members of the result.
template <class Options>
Options& runs(CLI::App& command, Invocation& invocation, int (*function)(Context&, const Options&)) {
  auto options = std::make_shared<Options>();
  command.callback([&invocation, options, function] {
    invocation.run = [options, function](Context& context) { return function(context, *options); };
  });
  return *options;
}

void define_db(CLI::App&, Invocation&);
void define_account(CLI::App&, Invocation&);
void define_address(CLI::App&, Invocation&);
void define_token(CLI::App&, Invocation&);
void define_trust(CLI::App&, Invocation&);
void define_verify(CLI::App&, Invocation&);
void define_import(CLI::App&, Invocation&);
void define_reverify(CLI::App&, Invocation&);
void define_why(CLI::App&, Invocation&);
void define_fetches(CLI::App&, Invocation&);
void define_doctor(CLI::App&, Invocation&);
void define_stats(CLI::App&, Invocation&);
void define_reload(CLI::App&, Invocation&);
void define_config(CLI::App&, Invocation&);
void define_check_config(CLI::App&, Invocation&);
void define_completion(CLI::App&, Invocation&);

}  // namespace waxseal::cli
