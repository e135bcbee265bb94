// Hands submissions over to the relay: threads of their own, so that no request waits for it.  What is due stands in
// the database; several programs may send at once, each message under a lease.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/submissions.h"
#include "submit/submit.h"

namespace waxseal::jmapd {

class Outbox {
 public:
  struct Options {
    submit::RelayOptions relay;
    std::size_t workers = 2;
    std::chrono::milliseconds poll{5000};  // how often is looked whether or not it was woken
    Seconds keep{90 * 86400};              // records of mail whose sending has ended
  };
  Outbox(Options options, store::Database& database, const Clock& clock);
  ~Outbox();  // a message whose end the relay has heard is waited for a little

  void wake();      // something changed
  bool run_once();  // one message that is due; false: there was none

 private:
  void run();
  void send(const store::Outgoing& mail);
  void remove_old();
  std::string read_octets(const store::Outgoing& mail);

  Options options_;
  store::Database& database_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
  Time next_removal_{};
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace waxseal::jmapd
