// Sends what push subscriptions are to be told (RFC 8620 section 7.2): one thread, so that no request waits for a
// stranger's server.  What is due stands in the database; several programs may send at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "fetch/exchange.h"
#include "jmapd/push_rules.h"
#include "store/push_subscriptions.h"

namespace waxseal::jmapd {

// Whether a subscription may name it: https, a host, no credentials, nothing strange; or allowed.
Result<fetch::Url> push_url(const std::string& text, const PushRules& rules);

class Pusher {
 public:
  struct Options {
    PushRules rules;
    std::chrono::milliseconds poll{5000};
    Seconds deadline{20};  // of one push
  };
  Pusher(Options options, store::Database& database, const Clock& clock);
  ~Pusher();

  void wake();  // something changed
  // Everything that is due now; returns how many pushes were tried.
  std::size_t run_once();

 private:
  void run();
  void send(const store::DuePush& due);
  Result<int, fetch::Failure> post(const store::PushSubscription& subscription, const std::string& message);

  const Options options_;
  store::Database& database_;
  const Clock& clock_;
  fetch::SystemResolver resolver_;
  std::atomic<std::uint64_t> connections_ = 0;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace waxseal::jmapd
