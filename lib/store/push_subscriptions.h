// Where changes are pushed to (RFC 8620 section 7.2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "store/account_states.h"
#include "store/accounts.h"
#include "store/database.h"

namespace waxseal::store {

inline constexpr std::size_t kMaxPushSubscriptions = 20;  // of an account

struct PushKeys {
  std::string p256dh;  // an uncompressed point of P-256: 65 octets
  std::string auth;    // 16 octets
};

struct PushSubscription {
  std::int64_t id = 0;
  std::string device_client_id;
  std::string url;
  std::optional<PushKeys> keys;
  std::string verification_code;
  bool verified = false;
  std::optional<std::vector<std::string>> types;  // nullopt: all
  Time expires_at;
};

// Of the principal's own credentials only.  What has expired is not there.
std::vector<PushSubscription> push_subscriptions(Database&, const Principal&, Time now);
// With an id and the present states as what the client knows.  nullopt: the account has as many as it may.
std::optional<std::int64_t> create_push_subscription(Database&, const Principal&, const PushSubscription&, Time now);
// verified, types and expires_at.  False: there is none of that id.
bool update_push_subscription(Database&, const Principal&, const PushSubscription&);
bool destroy_push_subscription(Database&, const Principal&, std::int64_t id);

// One that has something to be told, claimed: nobody else gets it before `lease_until`.
struct DuePush {
  AccountId account;
  PushSubscription subscription;
  bool verification = false;  // its code is to be sent, and nothing else yet
  AccountStates told, states;
  std::int64_t modseq = 0;
  int failures = 0;
};
// At most `limit` of all accounts.  Removes those whose time, or whose credentials' time, is over.
std::vector<DuePush> claim_due_pushes(Database&, Time now, Time lease_until, std::size_t limit);
void note_push_sent(Database&, const DuePush&, Time next_try);
void note_push_failed(Database&, const DuePush&, Time next_try);
void drop_push_subscription(Database&, const DuePush&);  // its URL is gone

}  // namespace waxseal::store
