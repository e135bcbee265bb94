#include "service/lifecycle.h"

#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "base/unique_fd.h"

namespace waxseal::service {

namespace {

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
void notify_reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}
void notify_stopping() {
  notify("STOPPING=1");
}

// sd_watchdog_enabled(3)
Watchdog::Watchdog() {
  const char* const time = std::getenv("WATCHDOG_USEC");
  const char* const process = std::getenv("WATCHDOG_PID");
  if (time == nullptr || (process != nullptr && std::to_string(::getpid()) != process)) return;
  interval_ = std::chrono::milliseconds(std::strtoll(time, nullptr, 10) / 2000);
}

void Watchdog::tend() {
  const auto now = std::chrono::steady_clock::now();
  if (interval_.count() <= 0 || now < next_) return;
  next_ = now + interval_ / 2;
  notify("WATCHDOG=1");
}

std::chrono::milliseconds Watchdog::interval(std::chrono::milliseconds otherwise) const {
  return interval_.count() > 0 ? std::min(interval_ / 2, otherwise) : otherwise;
}

}  // namespace waxseal::service
