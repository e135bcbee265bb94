#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "service/lifecycle.h"
#include "service/log.h"

namespace waxseal::service {

namespace {

constexpr int kUsage = 2;  // exit status for a wrong command line or configuration

[[noreturn]] void give_up(const std::string& message) {
  std::cerr << message << '\n';
  std::exit(kUsage);
}

// The command line of every daemon: --config FILE, --version, --help, and nothing else.
std::string config_path(int argc, char** argv, const std::string& program, const std::string& summary) {
  const std::string usage = "usage: " + program + " [--config FILE]";
  std::string path = kDefaultConfigPath;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      std::cout << usage << "\n\n"
                << summary << "\n\nThe configuration is " << kDefaultConfigPath
                << " unless --config names another; see " << program << "(8) and waxseal.conf(5).\n";
      std::exit(0);
    }
    if (argument == "--version") {
      std::cout << program << " " << WAXSEAL_VERSION << '\n';
      std::exit(0);
    }
    if (argument.starts_with("--config="))
      path = argument.substr(std::strlen("--config="));
    else if ((argument == "--config" || argument == "-c") && i + 1 < argc)
      path = argv[++i];
    else
      give_up(program + ": unexpected argument \"" + argument + "\"\n" + usage);
  }
  return path;
}

}  // namespace

Config start_program(int argc, char** argv, const std::string& program, const std::string& summary) {
  const std::string path = config_path(argc, argv, program, summary);
  auto config = load_config(path);
  if (!config) {
    for (const std::string& problem : config.error()) std::cerr << problem << '\n';
    give_up(program + ": the configuration is not usable; nothing was started");
  }
  if (config->database.url.empty()) give_up(path + ": database.url is missing; " + program + " cannot work without it");
  if (const auto checked = check_values(*config); !checked) give_up(path + ": " + checked.error());
  configure_log(program, level_named(config->log.level), config->log.format == "json");
  for (const std::string& warning : config->warnings) log_warn("config_warning", {{"message", warning}});
  ::umask(0077);  // sockets get their mode explicitly, spool files are nobody else's business
  ::signal(SIGPIPE, SIG_IGN);
  log_info("starting", {{"version", WAXSEAL_VERSION}, {"config", path}});
  return *std::move(config);
}

int run_program(int argc, char** argv, const std::string& program, const std::string& summary,
                const std::function<void(const Config&)>& serve) {
  const Config config = start_program(argc, argv, program, summary);
  try {
    serve(config);
  } catch (const std::exception& error) {
    log_error("cannot_serve", {{"error", error.what()}});
    return 1;
  }
  log_info("stopped");
  return 0;
}

std::optional<Config> read_again(const Config& config) {
  auto fresh = load_config(config.file);
  if (!fresh) {
    for (const std::string& problem : fresh.error()) log_error("reload_failed", {{"error", problem}});
    return std::nullopt;
  }
  if (const auto checked = check_values(*fresh); !checked) {
    log_error("reload_failed", {{"error", checked.error()}});
    return std::nullopt;
  }
  return *std::move(fresh);
}

}  // namespace waxseal::service
