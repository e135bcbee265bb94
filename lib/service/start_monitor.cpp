// The monitor as daemons have it: pool, process, build.

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "service/listen.h"
#include "service/log.h"
#include "service/metrics.h"
#include "service/monitor.h"

namespace waxseal::service {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void measure_process() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  metrics().set(Metric::kCpuSeconds, {}, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  std::size_t total = 0, resident = 0;  // pages; proc(5)
  std::ifstream("/proc/self/statm") >> total >> resident;
  metrics().set(Metric::kResidentMemory, {}, static_cast<double>(resident) * static_cast<double>(::getpagesize()));
  std::error_code error;
  const auto files = std::filesystem::directory_iterator("/proc/self/fd", error);
  if (!error) metrics().set(Metric::kOpenFiles, {}, static_cast<double>(std::distance(begin(files), end(files))));
}

void measure_pool(const store::Database& database) {
  const store::PoolUse use = database.pool_use();
  metrics().set(Metric::kDatabaseConnections, {"idle"}, static_cast<double>(use.idle));
  metrics().set(Metric::kDatabaseConnections, {"in_use"}, static_cast<double>(use.open - use.idle));
  metrics().set(Metric::kDatabasePoolSize, {}, static_cast<double>(use.size));
  metrics().set(Metric::kDatabaseWaits, {}, static_cast<double>(use.waits));
  metrics().set(Metric::kDatabaseConnects, {}, static_cast<double>(use.connects));
  metrics().set(Metric::kDatabaseFailures, {"run_again"}, static_cast<double>(use.run_again));
  metrics().set(Metric::kDatabaseFailures, {"lost"}, static_cast<double>(use.lost));
  metrics().set(Metric::kDatabaseFailures, {"unavailable"}, static_cast<double>(use.unavailable));
}

}  // namespace

Result<std::unique_ptr<Monitor>> start_monitor(const std::string& address, const std::string& program,
                                               store::Database& database, std::function<void()> refresh) {
  if (address.empty()) return std::unique_ptr<Monitor>();
  auto listener = listen_on(address);
  if (!listener) return unexpected("[metrics]: " + listener.error());
  metrics().set(Metric::kStartTime, {}, static_cast<double>(to_epoch(SystemClock().now())));
  metrics().set(Metric::kBuildInfo, {program, WAXSEAL_VERSION}, 1);
  MonitorOptions options;
  options.probe = [&database] { database.check(); };
  options.refresh = [&database, refresh = std::move(refresh)] {
    measure_process();
    measure_pool(database);
    if (refresh) refresh();
  };
  log_info("monitoring", {{"address", address}});
  return std::make_unique<Monitor>(*std::move(listener), std::move(options));
}

}  // namespace waxseal::service
