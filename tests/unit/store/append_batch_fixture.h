// Messages for several accounts, given to append_batch() as one batch.
#pragma once

#include <thread>

#include "invariants.h"
#include "mail_store.h"
#include "store/append_memory.h"
#include "store/pool.h"

namespace waxseal::store {

using Fate = Arrival::Fate;

class AppendBatch : public testing::Test {
 protected:
  AppendBatch() {
    for (const AccountId account : {store_.bob, store_.carol}) store_.deliver(account, store_.under(unit_));
  }

  // Messages on their way, in one batch.
  struct Sent {
    Sent(AccountId account, NewEmail message, const smime::Policy& policy)
        : email(std::move(message)),
          prepared(email, account, policy),
          arrival{.prepared = prepared, .bring_octets = true} {}
    const NewEmail email;
    const Prepared prepared;
    Arrival arrival;
  };
  Sent& send(AccountId account, NewEmail email) {
    return *sent_.emplace_back(std::make_unique<Sent>(account, std::move(email), store_.policy));
  }
  Sent& send(AccountId account) { return send(account, sent_.size() % 2 == 0 ? store_.under(unit_) : store_.plain()); }
  std::vector<Fate> store() {
    Arrivals arrivals;
    for (const auto& each : sent_) arrivals.push_back(&each->arrival);
    run_autocommit(*store_.database,
                   [&](Transaction& transaction) { append_batch(transaction, arrivals, Hold::kNothing, memory_); });
    std::vector<Fate> out;
    for (const auto& each : sent_) out.push_back(each->arrival.fate);
    return out;
  }
  // The look sees what is before `meanwhile`, the statement that writes what is after it.
  std::vector<Fate> store_while(const std::function<void()>& meanwhile) {
    std::vector<Fate> out;
    std::thread storing;
    run(*store_.database, [&](Transaction& table) {
      table.exec("LOCK TABLE email_meta IN EXCLUSIVE MODE");
      storing = std::thread([&] { out = store(); });
      while (store_.database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                   "wait_event_type = 'Lock'") == "0")
        std::this_thread::yield();
      meanwhile();
    });
    storing.join();
    return out;
  }
  void lock_bob() {
    run(*store_.database, [&](Transaction& transaction) { lock_account(transaction, store_.bob); });
  }
  // What an account has gained since the constructor.
  std::int64_t gained(AccountId account) { return store_.mailbox(account, "inbox").total_emails - 1; }
  std::string number(const std::string& sql) { return store_.database.value(sql); }

  MailStore store_;
  AppendMemory memory_;
  smime::Unit unit_ = unit_named("alice");
  std::vector<std::unique_ptr<Sent>> sent_;
};

}  // namespace waxseal::store
