// waxseal-milter: tells Postfix and Sendmail what S/MIME says of a message, and stores a copy for accounts of ours.
#include <libmilter/mfapi.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <mutex>
#include <thread>

#include "milter/callbacks.h"
#include "milter/listener.h"
#include "service/lifecycle.h"
#include "service/log.h"
#include "service/metrics.h"
#include "service/monitor.h"

namespace {

using namespace waxseal;

constexpr std::chrono::seconds kDrainPatience{30};  // robustness.md G7
constexpr std::chrono::seconds kFarewell{2};        // for the last answer to leave and the MTA to hang up
constexpr int kListenerEnded = SIGUSR2;             // from our own listener thread

milter::OnQuota on_quota(const std::string& word) {
  if (word == "accept") return milter::OnQuota::kAccept;
  return word == "reject" ? milter::OnQuota::kReject : milter::OnQuota::kDefer;
}

std::vector<smime::Code> codes(const std::vector<std::string>& names) {
  std::vector<smime::Code> out;
  for (const std::string& name : names)
    if (const auto code = smime::code_named(name)) out.push_back(*code);
  return out;
}

milter::FilterOptions filter_options(const service::Config& config, smime::Policy policy) {
  milter::FilterOptions options;
  options.hostname = config.hostname;
  options.policy = std::move(policy);
  options.authres = service::authres_options(config);
  options.message.max_octets = config.milter.max_message_octets;
  options.message.spool = {config.milter.spool_memory_octets, config.milter.spool_directory};
  options.message.hostname = config.hostname;
  options.recipient_delimiters = config.recipient_delimiter;
  options.store = config.milter.mode != "annotate";
  options.annotate = config.milter.mode != "store";
  options.on_quota = on_quota(config.milter.on_quota);
  options.budget = std::chrono::seconds(config.milter.budget_seconds);
  options.rules = milter::Rules(config.milter);
  options.reject_codes = codes(config.milter.reject_codes);
  options.accept_without_database = config.milter.on_database_failure == "accept";
  options.verifications = config.milter.verifications;
  return options;
}

// Settings that are looked at when the program starts, and then no more.
constexpr std::string_view kOnlyAtStart[] = {"milter.socket", "milter.socket_mode", "metrics.milter", "log.format",
                                             "database."};

bool only_at_start(const std::string& setting) {
  return std::any_of(std::begin(kOnlyAtStart), std::end(kOnlyAtStart),
                     [&](std::string_view prefix) { return setting.starts_with(prefix); });
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + word;
  return out;
}

// The filter of the moment; a reload replaces it for the messages that begin afterwards.
class Current {
 public:
  Current(store::Database& database, const Clock& clock, service::Config config)
      : database_(database), clock_(clock), config_(std::move(config)), filter_(make(config_)) {}

  std::shared_ptr<milter::Filter> get() const {
    const std::lock_guard lock(mutex_);
    return filter_;
  }

  // A configuration that cannot be used, or for which the trust store cannot be read, leaves the old one in force.
  void reload() {
    const auto config = service::read_again(config_);
    if (!config) return;
    try {
      auto next = make(*config);
      next->warm_up();
      const std::lock_guard lock(mutex_);
      filter_ = std::move(next);
    } catch (const std::exception& error) {
      return service::log_error("reload_failed", {{"error", error.what()}});
    }
    report(service::changed_settings(config_, *config));
    service::set_log_level(service::level_named(config->log.level));
    config_ = *config;
  }

 private:
  std::shared_ptr<milter::Filter> make(const service::Config& config) const {
    auto policy = service::policy_of(config);
    if (!policy) throw std::runtime_error(policy.error());
    return std::make_shared<milter::Filter>(database_, clock_, filter_options(config, *std::move(policy)));
  }

  void report(std::vector<std::string> changed) const {
    const auto kept = std::stable_partition(changed.begin(), changed.end(),
                                            [](const std::string& setting) { return !only_at_start(setting); });
    const std::vector<std::string> needs_restart(kept, changed.end());
    changed.erase(kept, changed.end());
    service::log_info("reloaded", {{"config", config_.file}, {"changed", joined(changed)}});
    if (!needs_restart.empty()) service::log_warn("restart_needed", {{"changed", joined(needs_restart)}});
  }

  store::Database& database_;
  const Clock& clock_;
  service::Config config_;  // of the last reload that succeeded
  mutable std::mutex mutex_;
  std::shared_ptr<milter::Filter> filter_;
};

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

// Once libmilter stops it serves nobody any more; so what the MTA is in the middle of is finished before.
void stop(std::thread& listener, const std::string& socket) {
  using milter::Activity;
  service::notify_stopping();
  milter::refuse_connections();
  service::log_info("draining", {{"messages", std::to_string(milter::activity().messages())},
                                 {"connections", std::to_string(milter::activity().connections())}});
  if (!milter::activity().wait_for_none(Activity::Kind::kMessage, kDrainPatience)) service::log_warn("drain_timeout");
  milter::activity().wait_for_none(Activity::Kind::kConnection, kFarewell);
  smfi_stop();
  milter::poke_listener(socket);
  listener.join();
}

void refresh_metrics() {
  service::metrics().set(service::Metric::kMilterConnections, {}, milter::activity().connections());
  service::metrics().set(service::Metric::kMilterMessages, {}, milter::activity().messages());
}

void serve(const service::Config& config) {
  const sigset_t set = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before any thread begins
  const SystemClock clock;
  store::Database database(service::database_options(config));
  Current current(database, clock, config);
  const bool tcp = config.milter.socket.starts_with("inet");
  milter::register_callbacks([&] { return current.get(); }, tcp ? milter::Wire::kTcp : milter::Wire::kUnix);
  if (const auto opened = milter::open_listener(config.milter.socket, config.milter.socket_mode); !opened)
    throw std::runtime_error(opened.error());
  service::log_info("listening", {{"address", config.milter.socket}});
  const auto monitor = service::start_monitor(config.metrics.milter, "waxseal-milter", database, refresh_metrics);
  if (!monitor) throw std::runtime_error(monitor.error());
  service::notify_ready();

  int result = MI_SUCCESS;
  const pid_t self = ::getpid();
  std::thread listener([&] {
    result = smfi_main();
    ::kill(self, kListenerEnded);
  });
  await_stop(set, [&] { current.reload(); });
  if (*monitor) (*monitor)->drain();
  stop(listener, config.milter.socket);
  service::log_info("stopped");
  // Threads of libmilter may still sit in a read; destructors must not run under their feet.
  ::_exit(result == MI_SUCCESS ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  return service::run_program(argc, argv, "waxseal-milter",
                              "Mail filter that verifies S/MIME signatures and stores mail.", serve);
}
