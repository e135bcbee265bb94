// One statement for the messages of several accounts: each account is written whole or not at all, whatever becomes of
// the others.
#include <thread>

#include "invariants.h"
#include "mail_store.h"
#include "store/append_batch.h"
#include "store/pool.h"

namespace waxseal::store {
namespace {

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
                   [&](Transaction& transaction) { append_batch(transaction, arrivals, Hold::kNothing); });
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
  smime::Unit unit_ = unit_named("alice");
  std::vector<std::unique_ptr<Sent>> sent_;
};

TEST_F(AppendBatch, SeveralAccountsShareATransactionAndHaveNumbersOfTheirOwn) {
  const AccountId dave = store_.account("dave");
  store_.deliver(dave, store_.under(unit_));
  for (const AccountId account : {store_.bob, dave, store_.carol, store_.bob, store_.carol, store_.bob}) send(account);
  EXPECT_EQ(store(), std::vector<Fate>(6, Fate::kAnswered));
  EXPECT_EQ(gained(store_.bob), 3);
  EXPECT_EQ(gained(store_.carol), 2);
  EXPECT_EQ(gained(dave), 1);
  EXPECT_EQ(number("SELECT max(n) FROM (SELECT count(*) AS n FROM emails GROUP BY xmin::text) AS together"), "6");
  for (const auto& each : sent_) {
    EXPECT_EQ(each->arrival.answer.room, Appended::Room::kFits);
    EXPECT_EQ(store_.email(each->prepared.account, each->arrival.answer.email).summary.subject,
              each->email.summary.subject);
  }
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendBatch, TheSameOctetsBelongToEachAccount) {
  const NewEmail email = store_.under(unit_);
  send(store_.bob, email);
  send(store_.carol, email);
  EXPECT_EQ(store(), std::vector<Fate>(2, Fate::kAnswered));
  EXPECT_EQ(number("SELECT count(*) FROM blobs WHERE blob_id = '\\x" + email.blob.hex() + "' AND refs = 1"), "2");
  EXPECT_EQ(number("SELECT count(*) FROM blob_chunks WHERE blob_id = '\\x" + email.blob.hex() + "'"), "2");
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendBatch, AnAccountThatSomebodyHasLockedIsPassedOverAtOnce) {
  send(store_.bob);
  send(store_.carol);
  send(store_.bob);
  run(*store_.database, [&](Transaction& transaction) {
    lock_account(transaction, store_.bob);
    EXPECT_EQ(store(), (std::vector{Fate::kOvertaken, Fate::kAnswered, Fate::kOvertaken}));
  });
  EXPECT_EQ(gained(store_.bob), 0);
  EXPECT_EQ(gained(store_.carol), 1);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendBatch, AnAccountThatSomebodyHadLockedSinceTheLookIsNotWritten) {
  send(store_.bob);
  send(store_.carol);
  EXPECT_EQ(store_while([&] { lock_bob(); }), (std::vector{Fate::kOvertaken, Fate::kAnswered}));
  EXPECT_EQ(gained(store_.bob), 0);
  EXPECT_EQ(number("SELECT count(*) FROM email_meta WHERE account_id = " + std::to_string(store_.bob.value)), "1");
  EXPECT_EQ(gained(store_.carol), 1);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendBatch, AndOneThatNobodyHadLockedIs) {
  send(store_.bob);
  send(store_.carol);
  EXPECT_EQ(store_while([] {}), std::vector<Fate>(2, Fate::kAnswered));
  EXPECT_EQ(gained(store_.bob), 1);
}

TEST_F(AppendBatch, AQuotaThatBecameSmallerSinceTheLookHolds) {
  const Sent& first = send(store_.bob);
  send(store_.carol);
  const auto size = static_cast<std::int64_t>(first.email.octets.size());
  EXPECT_EQ(store_while([&] { set_quota(*store_.database, store_.bob, size); }),
            (std::vector{Fate::kOvertaken, Fate::kAnswered}));
  EXPECT_EQ(gained(store_.bob), 0);
  EXPECT_EQ(store_.append(store_.bob, first.email).room, Appended::Room::kOverQuota);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendBatch, WhatNeedsTheLockIsLeftAndTheOthersAreStored) {
  NewEmail one = store_.plain(), other = store_.plain(), both = store_.plain();
  for (NewEmail* const email : {&one, &other, &both}) email->summary.subject = "Lunch?";
  store_.deliver(store_.bob, one);
  store_.deliver(store_.bob, other);
  both.summary.references = {one.summary.message_id[0], other.summary.message_id[0]};
  send(store_.bob, both);
  send(store_.bob);
  send({4711});
  send(store_.carol);
  EXPECT_EQ(store(), (std::vector{Fate::kOvertaken, Fate::kAnswered, Fate::kOvertaken, Fate::kAnswered}));
  EXPECT_EQ(gained(store_.bob), 3);
  EXPECT_EQ(gained(store_.carol), 1);
  EXPECT_EQ(broken_invariants(store_.database), "");
  EXPECT_FALSE(store_.append(store_.bob, both).already_stored);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendBatch, OneThatTheServerRefusesIsWrittenForNobody) {
  send(store_.carol);
  NewEmail poison = store_.plain();
  poison.mailbox_role = "\xff";  // no UTF-8
  send(store_.bob, poison);
  EXPECT_THROW(store(), Refused);
  EXPECT_EQ(gained(store_.carol), 0);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

}  // namespace
}  // namespace waxseal::store
