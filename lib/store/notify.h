// Tells listeners that an account changed.  Private to lib/store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/ids.h"

namespace waxseal::store {

inline constexpr const char* kChangesChannel = "waxseal_changes";
inline constexpr std::chrono::milliseconds kPace{10};  // from one notification to the next, at least

// Sends behind the commits, on a thread of its own: nobody who waits for a commit waits for the server's one lock on
// notifications.  One that comes after a pause goes out at once; accounts that change before kPace is over share the
// next, so that a stream of mail costs no statement for each message.  A hint that is lost
// costs a poll's delay, so failures are swallowed.  The number of the account and nothing else: every role of the
// server can listen.  Thread-safe; the thread starts with the first change, and the destructor sends what is left.
class Notifier {
 public:
  // `send` gets "{1,2,3}" and may throw.
  explicit Notifier(std::function<void(const std::string& accounts)> send) : send_(std::move(send)) {}
  ~Notifier();
  Notifier(const Notifier&) = delete;

  void changed(AccountId account);

 private:
  void run();

  std::function<void(const std::string&)> send_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<AccountId> pending_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace waxseal::store
