#include "store/overseer.h"

#include <sys/socket.h>

#include <csignal>

namespace waxseal::store {

namespace {

constexpr std::chrono::milliseconds kLook{250};  // how late a deadline may be noticed

// Signals are the program's: this thread may be older than its mask, and must not be the one that they end.
template <class Function>
std::thread start_without_signals(Function function) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(function);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

Overseer::~Overseer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Overseer::watch(const Connection& connection, int socket, std::chrono::milliseconds patience) {
  const std::lock_guard lock(mutex_);
  watched_[&connection] = {socket, Steady::now() + patience};
  if (!thread_.joinable()) thread_ = start_without_signals([this] { run(); });
}

void Overseer::forget(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  watched_.erase(&connection);
}

void Overseer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = Steady::now();
    // Under the lock: nobody closes the descriptor, or opens another of its number, before it is forgotten.
    std::erase_if(watched_, [&](const auto& entry) {
      if (entry.second.deadline > now) return false;
      ::shutdown(entry.second.socket, SHUT_RDWR);
      return true;
    });
    changed_.wait_for(lock, kLook);
  }
}

}  // namespace waxseal::store
