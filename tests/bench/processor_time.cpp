#include "processor_time.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace waxseal::bench {

namespace {

double clock_seconds(clockid_t clock) {
  std::timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct ProcessTimes {
  pid_t parent = 0;
  double own = 0, waited_for = 0;
};

// /proc/PID/stat behind the name: state, parent, ..., utime, stime, cutime, cstime in ticks.  All zero: it has ended.
ProcessTimes times_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == line.npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  ProcessTimes out;
  std::string skipped;
  fields >> skipped >> out.parent;
  for (int i = 5; i <= 13; ++i) fields >> skipped;
  double ticks[4] = {};
  for (double& each : ticks) fields >> each;
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  out.own = (ticks[0] + ticks[1]) / per_second;
  out.waited_for = (ticks[2] + ticks[3]) / per_second;
  return out;
}

}  // namespace

double own_seconds() {
  return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double thread_seconds() {
  return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

double finished_children_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double postgres_seconds(pid_t postmaster) {
  const ProcessTimes server = times_of(std::to_string(postmaster));
  double sum = server.own + server.waited_for;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    const ProcessTimes one = times_of(name);
    if (one.parent == postmaster) sum += one.own;
  }
  return sum;
}

}  // namespace waxseal::bench
