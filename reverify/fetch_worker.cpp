#include "reverify/fetch_worker.h"

#include "service/lifecycle.h"
#include "service/log.h"

namespace waxseal::reverifyd {

namespace {

constexpr Seconds kConfiguredFor{10 * 365 * 86400};  // URLs that the operator named do not end with a certificate
constexpr Seconds kFilesEvery{30};

void log_report(const reverify::FetchReport& report) {
  const bool news = report.fetched + report.not_accepted + report.failed > 0;
  service::log(news ? service::Level::kInfo : service::Level::kDebug, "fetched",
               {{"fetched", std::to_string(report.fetched)},
                {"not_accepted", std::to_string(report.not_accepted)},
                {"failed", std::to_string(report.failed)}});
}

}  // namespace

FetchWorker::FetchWorker(const service::Config& config, store::Database& database, smime::Verifier& verifier,
                         const Clock& clock)
    : database_(database),
      clock_(clock),
      poll_(config.reverify.poll_seconds),
      revocation_(verifier.policy().revocation.mode != smime::RevocationMode::kOff),
      crl_urls_(config.fetch.crl_urls),
      crl_files_(config.fetch.crl_files),
      fetcher_(service::fetch_options(config).value(), resolver_, clock, [this] { return stopping(); }),
      sink_(database, verifier, clock),
      thread_([this] { run(); }) {}

FetchWorker::~FetchWorker() {
  stop_ = true;
  stop_changed_.notify_all();
  thread_.join();
}

void FetchWorker::round() {
  const Time now = clock_.now();
  std::vector<store::FetchTarget> configured;
  if (revocation_)
    for (const std::string& url : crl_urls_) configured.push_back({.url = url, .until = now + kConfiguredFor});
  store::want_fetches(database_, configured, now);
  if (revocation_ && now >= files_at_ + kFilesEvery) {
    files_at_ = now;
    for (const std::string& problem : crl_files_.read(sink_, now))
      service::log_warn("crl_file_problem", {{"error", problem}});
  }
  log_report(reverify::FetchRound(database_, fetcher_, sink_, clock_).run_once([this] { return stopping(); }));
}

void FetchWorker::run() {
  while (!stopping()) {
    try {
      round();
    } catch (const std::exception& error) {  // mostly store::Unavailable; everything stays due
      service::log_warn("fetch_round_failed", {{"error", error.what()}});
    }
    std::unique_lock lock(mutex_);
    stop_changed_.wait_for(lock, poll_, [this] { return stopping(); });
  }
}

}  // namespace waxseal::reverifyd
