#include "service/lifecycle.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/unique_fd.h"
#include "service/log.h"

namespace waxseal::service {

namespace {

constexpr int kUsage = 2;  // exit status for a wrong command line or configuration

[[noreturn]] void give_up(const std::string& message) {
  std::cerr << message << '\n';
  std::exit(kUsage);
}

Level level_of(const std::string& name) {
  if (name == "error") return Level::kError;
  if (name == "warn") return Level::kWarn;
  return name == "debug" ? Level::kDebug : Level::kInfo;
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

void notify(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = path ? std::strlen(path) : 0;
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // abstract namespace
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A supervisor that has gone away is no reason to stop delivering mail: the result does not matter.
  (void)::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size);
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
  if (const auto policy = policy_of(*config); !policy) give_up(path + ": " + policy.error());
  configure_log(program, level_of(config->log.level), config->log.format == "json");
  for (const std::string& warning : config->warnings) log_warn("config_warning", {{"message", warning}});
  ::umask(0077);  // sockets get their mode explicitly, spool files are nobody else's business
  ::signal(SIGPIPE, SIG_IGN);
  log_info("starting", {{"version", WAXSEAL_VERSION}, {"config", path}});
  return *std::move(config);
}

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  fd_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw std::runtime_error(std::string("signalfd: ") + std::strerror(errno));
}

Signals::~Signals() {
  ::close(fd_);
}

int Signals::fd() const {
  return fd_;
}

int Signals::take() {
  signalfd_siginfo info{};
  return ::read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

void notify_ready() {
  notify("READY=1");
}
void notify_stopping() {
  notify("STOPPING=1");
}

Result<smime::Policy> policy_of(const Config& config) {
  smime::Policy policy;
  for (const auto& [knob, value] : config.verify)
    if (const auto set = policy.set(knob, value); !set) return unexpected("[verify]: " + set.error());
  if (config.revocation.mode != "off")
    return unexpected("revocation.mode \"" + config.revocation.mode +
                      "\" is not available in this version; write \"off\"");
  return policy;
}

store::DatabaseOptions database_options(const Config& config) {
  store::DatabaseOptions options;
  options.url = config.database.url;
  options.pool_size = config.database.pool_size;
  options.statement_timeout = Seconds(config.database.statement_timeout_seconds);
  return options;
}

namespace {

bool pause(std::chrono::milliseconds length, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kStep{100};
  for (std::chrono::milliseconds left = length; left.count() > 0; left -= kStep) {
    if (stop && stop()) return false;
    std::this_thread::sleep_for(std::min(left, kStep));
  }
  return true;
}

std::optional<std::string> why_unusable(store::Database& database) {
  try {
    database.check();
    return std::nullopt;
  } catch (const store::Unavailable& error) {
    return error.what();
  } catch (const store::SchemaMismatch& error) {
    return error.what();  // `waxseal db migrate` may be running
  }
}

}  // namespace

bool wait_for_database(store::Database& database, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kLongest{10'000};
  std::chrono::milliseconds wait{250};
  while (true) {
    if (stop && stop()) return false;
    const auto why = why_unusable(database);
    if (!why) return true;
    log_warn("database_unavailable", {{"error", *why}, {"retry_ms", std::to_string(wait.count())}});
    if (!pause(wait, stop)) return false;
    wait = std::min(wait * 2, kLongest);
  }
}

}  // namespace waxseal::service
