// Start, ready, stop of a daemon: signals as a pollable descriptor, sd_notify, drop of surprises (SIGPIPE, umask).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "authres/authres.h"
#include "fetch/options.h"
#include "service/config.h"
#include "smime/policy.h"
#include "store/database.h"

namespace waxseal::service {

// What every program's main() does first: parses "--config FILE", "--version", "--help"; loads the configuration; sets
// up logging.  On an error prints it and exits with 2 (EX: usage or configuration).
Config start_program(int argc, char** argv, const std::string& program, const std::string& summary);
// The same, and then `serve`, whose exception is logged.  Returns the exit status.
int run_program(int argc, char** argv, const std::string& program, const std::string& summary,
                const std::function<void(const Config&)>& serve);
// The configuration as it is in the file now; nullopt: it cannot be used, which is logged.
std::optional<Config> read_again(const Config&);

// Blocks SIGTERM, SIGINT, SIGHUP, SIGUSR1 in the calling thread and all started after it; ignores SIGPIPE.
class Signals {
 public:
  Signals();
  ~Signals();
  int fd() const;  // readable when a signal is waiting
  int take();      // its number, 0 if none
 private:
  int fd_ = -1;
};

// sd_notify(3); nothing happens when systemd did not start us.
void notify_ready();
void notify_reloading();  // until the next notify_ready()
void notify_stopping();

// systemd's watchdog (WatchdogSec=): a loop that turns calls tend() at least every interval().
class Watchdog {
 public:
  Watchdog();
  void tend();
  // Half of what systemd has patience for; `otherwise` if it does not watch.
  std::chrono::milliseconds interval(std::chrono::milliseconds otherwise) const;

 private:
  std::chrono::milliseconds interval_{0};  // 0: nobody watches
  std::chrono::steady_clock::time_point next_{};
};

// [verify] and [revocation] as a policy; the error names the knob.
Result<smime::Policy> policy_of(const Config&);
// [fetch]; the error names the setting.
Result<fetch::Options> fetch_options(const Config&);
store::DatabaseOptions database_options(const Config&);
authres::Options authres_options(const Config&);

// Who talks to the MTA, as settings name them.
struct ClientList {
  std::vector<fetch::Network> networks;
  bool local = false;  // mail that is handed in on the machine itself

  bool empty() const { return networks.empty() && !local; }
};
// The value of `setting`: "10.0.0.0/8", "192.0.2.1", "local".
Result<ClientList> client_list(std::string_view setting, const std::vector<std::string>& texts);
// nullptr and what is no IP address are `local`.
bool is_among(const ClientList&, const sockaddr* client);

// Everything that only a second look at the configuration shows.
Result<Done> check_values(const Config&);

// Calls database.check() until it succeeds, with back-off up to 10 s, logging why; false if `stop` became true.
bool wait_for_database(store::Database&, const std::function<bool()>& stop);

}  // namespace waxseal::service
