// waxseal reload: the signal to read the configuration again, to every daemon that runs with it, after a look at it.

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "service/lifecycle.h"

namespace waxseal::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  bool dry_run = false;
  bool json = false;
};

struct Daemon {
  std::string_view name;
  int reload;  // the signal
};
// As in the units.  libmilter takes a SIGHUP for "stop" where it comes while the milter is still busy with the one
// before.
constexpr Daemon kDaemons[] = {
    {"waxseal-milter", SIGUSR1}, {"waxseal-lmtpd", SIGHUP}, {"waxseal-jmapd", SIGHUP}, {"waxseal-reverifyd", SIGHUP}};

struct Process {
  pid_t pid = 0;
  Daemon daemon;
  std::string config;  // as its command line names it
};

std::vector<std::string> command_line(const fs::path& process) {
  std::ifstream in(process / "cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\0', at), all.size());
    out.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string config_of(const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--config" && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].starts_with("--config=")) return arguments[i].substr(9);
  }
  return service::kDefaultConfigPath;
}

std::vector<Process> running_daemons() {
  std::vector<Process> out;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", error)) {
    const std::string number = entry.path().filename();
    if (number.find_first_not_of("0123456789") != number.npos) continue;
    const auto arguments = command_line(entry.path());
    if (arguments.empty()) continue;
    const std::string name = fs::path(arguments.front()).filename();
    const auto daemon = std::ranges::find(kDaemons, name, &Daemon::name);
    if (daemon == std::end(kDaemons)) continue;
    out.push_back({static_cast<pid_t>(std::stol(number)), *daemon, config_of(arguments)});
  }
  return out;
}

bool same_config(const Process& process, const std::string& ours) {
  std::error_code error;
  fs::path theirs = process.config;
  if (theirs.is_relative()) {
    const fs::path directory = fs::read_symlink("/proc/" + std::to_string(process.pid) + "/cwd", error);
    theirs = directory / theirs;
  }
  return fs::equivalent(theirs, ours, error);
}

int reload(Context& context, const Options& options) {
  const service::Config& config = context.config();  // a broken one is not passed on
  if (const auto checked = service::check_values(config); !checked)
    throw Failure(kUsage, config.file + ": " + checked.error() + "\nno daemon was told");
  std::size_t told = 0, failed = 0;
  for (const Process& process : running_daemons()) {
    if (!same_config(process, config.file)) continue;
    const bool done = options.dry_run || ::kill(process.pid, process.daemon.reload) == 0;
    const std::string error = done ? "" : std::strerror(errno);
    ++(done ? told : failed);
    if (options.json) {
      print_json(context.out,
                 {{"daemon", process.daemon.name}, {"pid", process.pid}, {"error", done ? Json() : Json(error)}});
    } else {
      context.out << process.daemon.name << " (" << process.pid << ")"
                  << (done ? options.dry_run ? " would be told" : " was told" : ": " + error) << '\n';
    }
  }
  if (failed > 0) throw Failure(kNo, "some daemons could not be told: run it as root, or as the daemons' user");
  if (told == 0)
    throw Failure(kNo, "no daemon runs with " + config.file + "; `systemctl status 'waxseal-*'` tells more");
  if (!options.dry_run && !options.json) context.err << "their logs say what changed, and what needs a restart\n";
  return kDone;
}

}  // namespace

void define_reload(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, reload);
  command.add_flag("--dry-run", options.dry_run, "Only say who would be told");
  command.add_flag("--json", options.json, "One JSON object a line");
}

}  // namespace waxseal::cli
