// Who is told when something changes (RFC 8620 section 7).  One thread for all event sources: it wakes for a report of
// a change, for a ping, and for the next poll, which is what it relies on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jmapd/http/event_channel.h"
#include "store/account_states.h"
#include "store/accounts.h"

namespace waxseal::jmapd {

struct EventSubscription {
  store::Principal principal;
  std::vector<bool> types;     // of store::state_types(): which are wanted
  store::AccountStates known;  // what the client knows; sent when it is no longer true
  bool close_after_state = false;
  std::chrono::milliseconds ping{0};  // 0: none
  std::shared_ptr<http::EventChannel> channel;
};

class PushHub {
 public:
  using Now = std::chrono::steady_clock::time_point;
  struct Options {
    std::chrono::milliseconds poll{5000};
    std::chrono::milliseconds pause{50};        // between two looks at the database: changes in between are one event
    std::chrono::milliseconds age{3'600'000};   // then a stream ends and the client comes back with its credentials
    std::chrono::milliseconds recheck{30'000};  // how often is looked whether those of all streams still hold
    std::size_t per_account = 100;
  };
  // store::account_states() in the program.  May throw.
  using Read = std::function<std::map<AccountId, store::AccountStates>(const std::vector<AccountId>&)>;

  // store::credentials_hold() in the program.  May throw.
  using Check = std::function<std::vector<bool>(const std::vector<store::Principal>&)>;

  PushHub(Options options, Read read, Check check = {});
  ~PushHub();

  // False: the account has as many as it may.
  bool add(EventSubscription subscription);
  // Something may have changed.  Thread-safe, cheap.
  void changed(AccountId account);
  std::size_t size() const;

 private:
  struct Entry {
    EventSubscription subscription;
    Now next_ping;
    Now ends;
  };
  void run();
  std::vector<AccountId> accounts_to_read(Now now);
  void tell(const std::map<AccountId, store::AccountStates>& states);
  void check_credentials(std::unique_lock<std::mutex>& lock, Now now);
  void keep_alive(Now now);
  Now next_wake(Now now) const;

  const Options options_;
  const Read read_;
  const Check check_;  // empty: nothing is looked at
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Entry> entries_;
  std::map<AccountId, std::size_t> counts_;
  std::set<AccountId> changed_;
  Now next_poll_{};
  Now next_read_{};
  Now next_check_{};
  bool stopping_ = false;
  std::thread thread_;
};

// One "state" event (RFC 8620 section 7.3): the types of `types` whose states differ.  "" if none does.  Its id is what
// the client gives back as Last-Event-ID.
std::string state_event(const EventSubscription& subscription, const store::AccountStates& now);
// What a client that sends this Last-Event-ID knows: nothing if it is not one of ours.
store::AccountStates states_of_event_id(std::string_view id);
std::string ping_event(std::chrono::milliseconds interval);

}  // namespace waxseal::jmapd
