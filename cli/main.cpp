#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "cli/cli.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  ::signal(SIGPIPE, SIG_DFL);  // `waxseal verify ... | head` ends quietly
  const waxseal::SystemClock clock;
  const char* no_colour = std::getenv("NO_COLOR");
  const bool out_terminal = ::isatty(STDOUT_FILENO) == 1, err_terminal = ::isatty(STDERR_FILENO) == 1;
  const bool colour = out_terminal && (no_colour == nullptr || *no_colour == '\0');
  try {
    const int status = waxseal::cli::run_cli(
        {argv + 1, argv + argc}, {std::cin, std::cout, std::cerr, clock, colour, err_terminal, out_terminal});
    std::cout.flush();
    return std::cout ? status : waxseal::cli::kUsage;  // a full disk must not look like success
  } catch (const std::exception& error) {
    std::cerr << "waxseal: " << error.what() << '\n';
    return waxseal::cli::kNo;
  }
}
