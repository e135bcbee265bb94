// waxseal-milter: tells Postfix and Sendmail what S/MIME says of a message, and stores a copy for accounts of ours.
#include <libmilter/mfapi.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <thread>

#include "milter/callbacks.h"
#include "milter/listener.h"
#include "service/lifecycle.h"
#include "service/log.h"
#include "service/monitor.h"

namespace {

using namespace waxseal;

constexpr std::chrono::seconds kDrainPatience{30};  // robustness.md G7
constexpr int kListenerEnded = SIGUSR2;             // from our own listener thread

milter::FilterOptions filter_options(const service::Config& config, smime::Policy policy) {
  milter::FilterOptions options;
  options.hostname = config.hostname;
  options.policy = std::move(policy);
  options.authres.authserv_id = config.authentication_results.authserv_id;
  options.authres.own_ids = config.authentication_results.own_ids;
  options.authres.remove_smime_only = config.authentication_results.remove == "smime_only";
  options.authres.emit_none = config.authentication_results.none;
  options.authres.details = config.authentication_results.details;
  options.message.max_octets = config.milter.max_message_octets;
  options.message.spool = {config.milter.spool_memory_octets, config.milter.spool_directory};
  options.store = config.milter.store;
  options.accept_without_database = config.milter.on_database_failure == "accept";
  options.verifications =
      config.milter.verifications > 0 ? config.milter.verifications : std::max(std::thread::hardware_concurrency(), 1u);
  return options;
}

// The filter of the moment; a reload replaces it for the messages that begin afterwards.
class Current {
 public:
  Current(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<Done> use(const service::Config& config) {
    auto policy = service::policy_of(config);
    if (!policy) return unexpected(policy.error());
    auto next = std::make_shared<milter::Filter>(database_, clock_, filter_options(config, *std::move(policy)));
    const std::lock_guard lock(mutex_);
    filter_ = std::move(next);
    return Done{};
  }

  std::shared_ptr<milter::Filter> get() const {
    const std::lock_guard lock(mutex_);
    return filter_;
  }

 private:
  store::Database& database_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<milter::Filter> filter_;
};

// A configuration that cannot be used leaves the old one in force.
void reload(Current& current, const std::string& file) {
  const auto config = service::load_config(file);
  if (!config) {
    for (const std::string& problem : config.error()) service::log_error("reload_failed", {{"error", problem}});
    return;
  }
  if (const auto used = current.use(*config); !used) {
    service::log_error("reload_failed", {{"error", used.error()}});
    return;
  }
  service::log_info("reloaded", {{"config", file}});
}

sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, kListenerEnded}) sigaddset(&set, number);
  return set;
}

// libmilter has a thread that waits for SIGHUP, SIGTERM and SIGINT and takes each for "stop".  The kernel gives a
// signal to the main thread if that one waits for it too; so the main thread waits and libmilter's listener has a
// thread of its own.
void await_stop(const sigset_t& set, const std::function<void()>& on_reload) {
  service::Watchdog watchdog;
  const std::chrono::milliseconds turn = watchdog.interval(std::chrono::minutes(1));
  const timespec wait{turn.count() / 1000, turn.count() % 1000 * 1'000'000};
  for (;;) {
    watchdog.tend();
    const int number = ::sigtimedwait(&set, nullptr, &wait);
    if (number < 0) continue;
    if (number != SIGHUP && number != SIGUSR1) return;
    service::notify_reloading();
    on_reload();
    service::notify_ready();
  }
}

void stop(std::thread& listener, const std::string& socket) {
  service::notify_stopping();
  service::log_info("draining");
  smfi_stop();
  milter::poke_listener(socket);
  listener.join();
  if (!milter::wait_until_nothing_in_flight(kDrainPatience)) service::log_warn("drain_timeout");
}

int serve(const service::Config& config) {
  const sigset_t set = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before any thread begins
  const SystemClock clock;
  store::Database database(service::database_options(config));
  Current current(database, clock);
  if (const auto used = current.use(config); !used) throw std::runtime_error(used.error());
  milter::register_callbacks([&] { return current.get(); });
  if (const auto opened = milter::open_listener(config.milter.socket, config.milter.socket_mode); !opened)
    throw std::runtime_error(opened.error());
  service::log_info("listening", {{"address", config.milter.socket}});
  const auto monitor = service::start_monitor(config.metrics.milter, "waxseal-milter", database);
  if (!monitor) throw std::runtime_error(monitor.error());
  service::notify_ready();

  int result = MI_SUCCESS;
  const pid_t self = ::getpid();
  std::thread listener([&] {
    result = smfi_main();
    ::kill(self, kListenerEnded);
  });
  await_stop(set, [&] { reload(current, config.file); });
  if (*monitor) (*monitor)->drain();
  stop(listener, config.milter.socket);
  service::log_info("stopped");
  // Threads of libmilter may still sit in a read; destructors must not run under their feet.
  ::_exit(result == MI_SUCCESS ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  const service::Config config = service::start_program(argc, argv, "waxseal-milter",
                                                        "Mail filter that verifies S/MIME signatures and stores mail.");
  try {
    return serve(config);
  } catch (const std::exception& error) {
    service::log_error("cannot_serve", {{"error", error.what()}});
    return 1;
  }
}
