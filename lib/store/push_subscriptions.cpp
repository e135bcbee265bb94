#include "store/push_subscriptions.h"

#include "store/comma_list.h"
#include "store/pool.h"
#include "store/random.h"

namespace waxseal::store {

namespace {

std::optional<std::string> optional_text(const Row& row, int column) {
  return row[static_cast<pqxx::row::size_type>(column)].is_null() ? std::nullopt : std::optional(text(row, column));
}

// Columns kColumns, from `first` on.
constexpr const char* kColumns =
    "p.subscription_id, p.device_client_id, p.url, p.p256dh, p.auth, p.verification_code, p.verified, p.types, "
    "extract(epoch from p.expires_at)::bigint";

PushSubscription subscription_of(const Row& row, int first) {
  PushSubscription out;
  out.id = integer(row, first);
  out.device_client_id = text(row, first + 1);
  out.url = text(row, first + 2);
  if (optional_text(row, first + 3)) out.keys = PushKeys{octets(row, first + 3), octets(row, first + 4)};
  out.verification_code = text(row, first + 5);
  out.verified = boolean(row, first + 6);
  if (const auto types = optional_text(row, first + 7)) out.types = split(*types);
  out.expires_at = time_of(row, first + 8);
  return out;
}

}  // namespace

std::vector<PushSubscription> push_subscriptions(Database& database, const Principal& principal, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<PushSubscription> out;
    for (const Row& row :
         transaction.exec(std::string("SELECT ") + kColumns +
                              " FROM push_subscriptions p WHERE p.account_id = $1 AND p.token_id = $2 AND p.expires_at "
                              "> $3 ORDER BY p.subscription_id",
                          principal.account, principal.token, now)) {
      out.push_back(subscription_of(row, 0));
    }
    return out;
  });
}

std::optional<std::int64_t> create_push_subscription(Database& database, const Principal& principal,
                                                     const PushSubscription& subscription, Time now) {
  const std::int64_t id = random_id() >> 10;
  const AccountStates states = account_states(database, {principal.account})[principal.account];
  const auto types = subscription.types ? std::optional(joined(*subscription.types)) : std::nullopt;
  const std::string p256dh = subscription.keys ? subscription.keys->p256dh : "";
  const std::string auth = subscription.keys ? subscription.keys->auth : "";
  const bool made = run(database, [&](Transaction& transaction) {
    const Rows done = transaction.exec(
        "INSERT INTO push_subscriptions (account_id, subscription_id, token_id, device_client_id, url, p256dh, auth, "
        "verification_code, types, expires_at, told, told_modseq, next_try_at) "
        "SELECT $1, $2, $3, $4, $5, CASE WHEN $6 THEN $7::bytea END, CASE WHEN $6 THEN $8::bytea END, $9, $10, $11, "
        "$12, "
        "s.modseq, $13 FROM account_state s WHERE s.account_id = $1 AND "
        "(SELECT count(*) FROM push_subscriptions WHERE account_id = $1) < $14 "
        "ON CONFLICT (account_id, subscription_id) DO NOTHING",
        principal.account, id, principal.token, subscription.device_client_id, subscription.url,
        subscription.keys.has_value(), binary(p256dh), binary(auth), subscription.verification_code, types,
        subscription.expires_at, joined(states), now, kMaxPushSubscriptions);
    transaction.note_change(principal.account);  // whoever pushes looks at once
    return done.affected_rows() > 0;
  });
  return made ? std::optional(id) : std::nullopt;
}

bool update_push_subscription(Database& database, const Principal& principal, const PushSubscription& subscription) {
  const auto types = subscription.types ? std::optional(joined(*subscription.types)) : std::nullopt;
  return run(database, [&](Transaction& transaction) {
    const Rows done = transaction.exec(
        "UPDATE push_subscriptions SET verified = $4, types = $5, expires_at = $6 WHERE account_id = $1 AND "
        "subscription_id = $2 AND token_id = $3",
        principal.account, subscription.id, principal.token, subscription.verified, types, subscription.expires_at);
    transaction.note_change(principal.account);
    return done.affected_rows() > 0;
  });
}

bool destroy_push_subscription(Database& database, const Principal& principal, std::int64_t id) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return transaction
               .exec("DELETE FROM push_subscriptions WHERE account_id = $1 AND subscription_id = $2 AND token_id = $3",
                     principal.account, id, principal.token)
               .affected_rows() > 0;
  });
}

std::vector<DuePush> claim_due_pushes(Database& database, Time now, Time lease_until, std::size_t limit) {
  std::vector<DuePush> out = run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "DELETE FROM push_subscriptions p WHERE p.expires_at <= $1 OR EXISTS (SELECT 1 FROM accounts a WHERE "
        "a.account_id = p.account_id AND a.disabled) OR (p.token_id <> 0 AND NOT EXISTS (SELECT 1 FROM api_tokens t "
        "WHERE t.account_id = p.account_id AND t.token_id = p.token_id AND (t.expires_at IS NULL OR t.expires_at > "
        "$1)))",
        now);
    std::vector<DuePush> claimed;
    for (const Row& row : transaction.exec(
             std::string(
                 "UPDATE push_subscriptions p SET next_try_at = $2 FROM (SELECT q.account_id, q.subscription_id, "
                 "q.next_try_at, s.modseq FROM push_subscriptions q JOIN account_state s ON s.account_id = "
                 "q.account_id WHERE q.next_try_at <= $1 AND (NOT q.verification_sent OR (q.verified AND "
                 "q.told_modseq < s.modseq)) LIMIT $3) d WHERE p.account_id = d.account_id AND "
                 "p.subscription_id = d.subscription_id AND p.next_try_at = d.next_try_at "
                 "RETURNING p.account_id, p.verification_sent, p.told, d.modseq, p.failures, ") +
                 kColumns,
             now, lease_until, limit)) {
      claimed.push_back({.account = {integer(row, 0)},
                         .subscription = subscription_of(row, 5),
                         .verification = !boolean(row, 1),
                         .told = split(text(row, 2)),
                         .modseq = integer(row, 3),
                         .failures = static_cast<int>(integer(row, 4))});
    }
    return claimed;
  });
  std::vector<AccountId> accounts;
  for (const DuePush& due : out) accounts.push_back(due.account);
  const auto states = out.empty() ? std::map<AccountId, AccountStates>() : account_states(database, accounts);
  for (DuePush& due : out) {
    if (const auto found = states.find(due.account); found != states.end()) due.states = found->second;
  }
  return out;
}

void note_push_sent(Database& database, const DuePush& due, Time next_try) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE push_subscriptions SET verification_sent = true, failures = 0, next_try_at = $3, "
        "told = CASE WHEN $4 THEN told ELSE $5 END, told_modseq = CASE WHEN $4 THEN told_modseq ELSE $6 END "
        "WHERE account_id = $1 AND subscription_id = $2",
        due.account, due.subscription.id, next_try, due.verification, joined(due.states), due.modseq);
  });
}

void note_push_failed(Database& database, const DuePush& due, Time next_try) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE push_subscriptions SET failures = failures + 1, next_try_at = $3 WHERE account_id = $1 AND "
        "subscription_id = $2",
        due.account, due.subscription.id, next_try);
  });
}

void drop_push_subscription(Database& database, const DuePush& due) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec("DELETE FROM push_subscriptions WHERE account_id = $1 AND subscription_id = $2", due.account,
                     due.subscription.id);
  });
}

}  // namespace waxseal::store
