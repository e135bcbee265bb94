// How often credentials may be wrong: a fixed number in a minute, per key.  Thread-safe, bounded.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace waxseal::jmapd {

class FailureLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit FailureLimiter(std::size_t allowed, std::chrono::seconds window = std::chrono::seconds(60))
      : allowed_(allowed), window_(window) {}

  // How long to wait; nullopt: go ahead.
  std::optional<std::chrono::seconds> blocked(const std::string& key, Time now);
  void failed(const std::string& key, Time now);
  void succeeded(const std::string& key);

 private:
  struct Count {
    std::size_t failures = 0;
    Time since;
  };
  void make_room(Time now);

  const std::size_t allowed_;
  const std::chrono::seconds window_;
  std::mutex mutex_;
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace waxseal::jmapd
