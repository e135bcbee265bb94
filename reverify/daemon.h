// The loop of waxseal-reverifyd: a round, then sleep until something is due, the poll interval is over, or a signal
// comes.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "reverify/clock_guard.h"
#include "reverify/fetch_worker.h"
#include "reverify/reverifier.h"
#include "reverify/trust_directory.h"
#include "service/config.h"
#include "service/lifecycle.h"
#include "service/monitor.h"
#include "store/database.h"

namespace waxseal::reverifyd {

class Daemon {
 public:
  // `config` must have a valid policy (start_program sees to it).
  Daemon(service::Config config, service::Signals& signals, const Clock& clock);
  ~Daemon();

  // Until SIGTERM or SIGINT; SIGHUP and SIGUSR1 read the configuration again.
  void run();

 private:
  void take_signals();
  bool must_stop();  // also reads signals: asked between units of work
  void reload();
  void take_configuration();
  void use(smime::Policy policy);
  void collect_uploads();
  void start_fetching();
  void use_trust_files();
  void sync_trust();
  Seconds round();  // how long to sleep
  Seconds until_next_due();
  void sleep(Seconds longest);

  service::Config config_;
  service::Signals& signals_;
  const Clock& clock_;
  store::Database database_;
  std::unique_ptr<service::Monitor> monitor_;
  service::Watchdog watchdog_;
  std::unique_ptr<smime::Verifier> verifier_;
  std::unique_ptr<reverify::Reverifier> reverifier_;
  std::unique_ptr<reverify::TrustDirectory> trust_files_;
  std::unique_ptr<FetchWorker> fetching_;  // nullptr: nothing is to be fetched
  reverify::ClockGuard clock_guard_;
  Seconds back_off_{1};
  std::chrono::steady_clock::time_point next_collection_{};
  bool stopping_ = false;
  bool reload_wanted_ = false;
};

}  // namespace waxseal::reverifyd
