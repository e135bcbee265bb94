// A small HTTP listener for those who watch a daemon: /metrics (Prometheus), /healthz (the process answers) and /readyz
// (it can do its work: 200, otherwise 503 with the reason).
//
// One thread for all clients, a second one that asks the probe every few seconds, so that no answer waits for the
// database.  Bounded: kMaxClients at once, kMaxRequestOctets, kPatience for the whole exchange.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/unique_fd.h"
#include "store/database.h"

namespace waxseal::service {

struct MonitorOptions {
  std::function<void()> probe;    // throws while the program cannot do its work
  std::function<void()> refresh;  // called before /metrics is written: sets gauges
};

class Monitor {
 public:
  static constexpr std::size_t kMaxClients = 32;
  static constexpr std::size_t kMaxRequestOctets = 8192;
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr std::chrono::seconds kProbeInterval{2};

  Monitor(UniqueFd listener, MonitorOptions options);
  ~Monitor();

  // From now on /readyz says no: load balancers look elsewhere while the daemon drains.
  void drain();

 private:
  struct Client;

  void serve();
  void ask_probe();
  void take_clients(std::vector<Client>& clients);
  std::string answer(std::string_view head);
  std::string not_ready();  // the reason; empty: ready
  void set_not_ready(std::string why);

  UniqueFd listener_;
  UniqueFd wake_;
  MonitorOptions options_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::string not_ready_ = "starting";
  bool draining_ = false;
  bool stopping_ = false;
  std::thread prober_;
  std::thread server_;
};

// The monitor of a daemon at `address` (a setting of [metrics]; empty: none is wanted, nullptr).  Ready means that the
// database is there with the right schema.  `refresh` sets what the daemon itself knows; may be empty.
Result<std::unique_ptr<Monitor>> start_monitor(const std::string& address, const std::string& program,
                                               store::Database& database, std::function<void()> refresh = {});

}  // namespace waxseal::service
