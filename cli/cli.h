// The administrator's command, as a function, so that tests run it in their own process.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/clock.h"

namespace waxseal::cli {

enum ExitStatus : int {
  kDone = 0,
  kNo = 1,        // verify: a message is not signed/verified; elsewhere: it was not done, the message says why
  kUsage = 2,     // wrong command line, configuration, or a file that cannot be read
  kDatabase = 3,  // the database cannot be used now
};

struct Environment {
  std::istream& in;
  std::ostream& out;  // what was asked for
  std::ostream& err;  // everything else
  const Clock& clock;
  bool colour = false;  // of `out`
  bool err_terminal = false, out_terminal = false;
};

// `arguments` without the name of the program.
int run_cli(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace waxseal::cli
