#include <exception>

#include "reverify/daemon.h"
#include "service/lifecycle.h"
#include "service/log.h"

int main(int argc, char** argv) {
  using namespace waxseal;
  service::Config config =
      service::start_program(argc, argv, "waxseal-reverifyd",
                             "Keeps the S/MIME status of stored mail true: evaluates certificate chains "
                             "that are due,\nand after changes of trust anchors or settings.");
  try {
    service::Signals signals;
    const SystemClock clock;
    reverifyd::Daemon(std::move(config), signals, clock).run();
  } catch (const std::exception& error) {
    service::log_error("fatal", {{"error", error.what()}});
    return 1;
  }
  return 0;
}
