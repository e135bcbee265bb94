#include "reverify/daemon.h"

#include <poll.h>

#include <algorithm>
#include <csignal>

#include "service/log.h"
#include "service/metrics.h"
#include "store/uploads.h"

namespace waxseal::reverifyd {

namespace {

constexpr std::chrono::minutes kCollectEvery{1};
constexpr std::size_t kCollectAtOnce = 1000;
constexpr Seconds kLongestBackOff{10};

void count_report(const reverify::Report& report) {
  service::Metrics& metrics = service::metrics();
  const auto unchanged = report.units_evaluated - report.units_changed;
  metrics.add(service::Metric::kReverifyUnits, {"unchanged"}, static_cast<double>(unchanged));
  metrics.add(service::Metric::kReverifyUnits, {"changed"}, static_cast<double>(report.units_changed));
  metrics.add(service::Metric::kReverifyUnits, {"postponed"}, static_cast<double>(report.units_postponed));
  metrics.add(service::Metric::kReverifyEmailsChanged, {}, static_cast<double>(report.emails_changed));
}

// TIM-07: what was verified at its delivery stays so; here is who should be told.
void log_late_revocations(const reverify::Report& report) {
  for (const auto& late : report.late_revocations)
    service::log_warn("revoked_before_delivery", {{"signer", late.signer},
                                                  {"revoked_from", format_utc_date(late.revoked_from)},
                                                  {"messages", std::to_string(late.messages)}});
}

void log_report(const reverify::Report& report) {
  const bool news =
      report.units_evaluated + report.units_postponed + report.facts_renewed + report.emails_changed + report.at_delivery_examined > 0;
  service::log(news ? service::Level::kInfo : service::Level::kDebug, "round",
               {{"units_evaluated", std::to_string(report.units_evaluated)},
                {"units_changed", std::to_string(report.units_changed)},
                {"units_postponed", std::to_string(report.units_postponed)},
                {"facts_renewed", std::to_string(report.facts_renewed)},
                {"emails_changed", std::to_string(report.emails_changed)},
                {"at_delivery_examined", std::to_string(report.at_delivery_examined)},
                {"at_delivery_changed", std::to_string(report.at_delivery_changed)}});
}

}  // namespace

Daemon::Daemon(service::Config config, service::Signals& signals, const Clock& clock)
    : config_(std::move(config)), signals_(signals), clock_(clock), database_(service::database_options(config_)) {
  use(service::policy_of(config_).value());
  use_trust_files();
}

Daemon::~Daemon() = default;

void Daemon::use(smime::Policy policy) {
  fetching_.reset();  // both refer to the verifier
  reverifier_.reset();
  verifier_ = std::make_unique<smime::Verifier>(std::move(policy));
  reverifier_ = std::make_unique<reverify::Reverifier>(database_, *verifier_, clock_);
}

void Daemon::start_fetching() {
  if (verifier_->policy().revocation.mode == smime::RevocationMode::kOff && config_.fetch.aia == "off") return;
  fetching_ = std::make_unique<FetchWorker>(config_, database_, *verifier_, clock_);
}

void Daemon::use_trust_files() {
  const auto& trust = config_.trust;
  trust_files_ =
      std::make_unique<reverify::TrustDirectory>(trust.directory, trust.system_bundle ? reverify::kSystemBundle : "");
}

void Daemon::sync_trust() {
  const reverify::TrustSync sync = trust_files_->sync(database_, clock_.now());
  for (const std::string& problem : sync.problems) service::log_warn("trust_file_problem", {{"error", problem}});
  for (const std::string& subject : sync.added) service::log_info("anchor_added", {{"subject", subject}});
  for (const std::string& subject : sync.removed) service::log_info("anchor_removed", {{"subject", subject}});
}

void Daemon::take_signals() {
  while (const int signal = signals_.take()) {
    if (signal == SIGTERM || signal == SIGINT) stopping_ = true;
    if (signal == SIGHUP || signal == SIGUSR1) reload_wanted_ = true;
  }
}

bool Daemon::must_stop() {
  watchdog_.tend();
  take_signals();
  return stopping_ || reload_wanted_;
}

void Daemon::reload() {
  reload_wanted_ = false;
  service::notify_reloading();
  take_configuration();
  service::notify_ready();
}

// All but the connection is taken over: a connection cannot be changed under a running round.
void Daemon::take_configuration() {
  auto config = service::load_config(config_.file);
  if (!config) {
    for (const std::string& problem : config.error()) service::log_error("reload_refused", {{"error", problem}});
    return;
  }
  auto policy = service::policy_of(*config);
  if (!policy) return service::log_error("reload_refused", {{"error", policy.error()}});
  if (const auto options = service::fetch_options(*config); !options)
    return service::log_error("reload_refused", {{"error", options.error()}});
  config_.verify = config->verify;
  config_.reverify = config->reverify;
  config_.trust = config->trust;
  config_.fetch = config->fetch;
  config_.revocation = config->revocation;
  use(*std::move(policy));
  use_trust_files();
  start_fetching();
  service::log_info("reloaded", {{"policy", verifier_->policy().version()}});
}

// To the second: a certificate that expires at X is looked at at X.
Seconds Daemon::until_next_due() {
  const Seconds poll(config_.reverify.poll_seconds);
  const std::optional<Time> due = reverifier_->next_due();
  if (due) service::metrics().set(service::Metric::kReverifyNextDue, {}, static_cast<double>(to_epoch(*due)));
  // What is due now but was not evaluated is leased to somebody else, or waits after an internal error.
  return due ? std::clamp<Seconds>(*due - clock_.now(), Seconds(1), poll) : poll;
}

// Uploads that nothing took up (RFC 8620 section 6).  Several daemons may do it at once.
void Daemon::collect_uploads() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_collection_) return;
  next_collection_ = now + kCollectEvery;
  const std::size_t removed = store::collect_expired_blobs(database_, kCollectAtOnce);
  if (removed > 0) service::log_info("uploads_removed", {{"count", std::to_string(removed)}});
}

Seconds Daemon::round() {
  if (!clock_guard_.trustworthy(clock_.now(), std::chrono::steady_clock::now())) {
    service::log_error("clock_not_believed", {{"time", format_utc_date(clock_.now())}});
    return kLongestBackOff;
  }
  try {
    sync_trust();
    const reverify::Report report = reverifier_->run_once([this] { return must_stop(); });
    count_report(report);
    log_report(report);
    log_late_revocations(report);
    service::metrics().add(service::Metric::kReverifyRounds, {"done"});
    service::metrics().set(service::Metric::kReverifyLastRound, {}, static_cast<double>(to_epoch(clock_.now())));
    collect_uploads();
    const Seconds pause = until_next_due();
    back_off_ = Seconds(1);
    return pause;
  } catch (const std::exception& error) {  // mostly store::Unavailable; everything stays due
    service::metrics().add(service::Metric::kReverifyRounds, {"failed"});
    service::log_warn("round_failed", {{"error", error.what()}, {"retry_seconds", std::to_string(back_off_.count())}});
    return std::exchange(back_off_, std::min(back_off_ * 2, kLongestBackOff));
  }
}

void Daemon::sleep(Seconds longest) {
  const auto until = std::chrono::steady_clock::now() + longest;
  for (auto left = longest + std::chrono::milliseconds(0); left.count() > 0;
       left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())) {
    watchdog_.tend();
    pollfd waiting{signals_.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(watchdog_.interval(left).count())) > 0) return;
  }
}

void Daemon::run() {
  auto monitor = service::start_monitor(config_.metrics.reverify, "waxseal-reverifyd", database_);
  if (!monitor) throw std::runtime_error(monitor.error());
  monitor_ = *std::move(monitor);
  service::notify_ready();  // not later: starting must not wait for a database that is yet to be made
  if (!service::wait_for_database(database_, [this] { return take_signals(), stopping_; })) return;
  service::log_info("ready", {{"poll_seconds", std::to_string(config_.reverify.poll_seconds)}});
  start_fetching();
  while (!stopping_) {
    if (reload_wanted_) reload();
    const Seconds pause = round();
    if (!must_stop()) sleep(pause);
    take_signals();
  }
  service::notify_stopping();
  if (monitor_) monitor_->drain();
  service::log_info("stopped");
}

}  // namespace waxseal::reverifyd
