// One statement for the messages of several accounts: each account is written whole or not at all, whatever becomes of
// the others.
#include "append_batch_fixture.h"

namespace waxseal::store {
namespace {

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

// A message that came twice was stored if the first of the two was.
TEST_F(AppendBatch, NorIsAMessageOfItThatCameTwice) {
  const NewEmail twice = store_.plain();
  send(store_.bob, twice);
  send(store_.bob, twice);
  EXPECT_EQ(store_while([&] { lock_bob(); }), std::vector<Fate>(2, Fate::kOvertaken));
  EXPECT_EQ(gained(store_.bob), 0);
  EXPECT_EQ(store(), std::vector<Fate>(2, Fate::kAnswered));
  EXPECT_FALSE(sent_[0]->arrival.answer.already_stored);
  EXPECT_TRUE(sent_[1]->arrival.answer.already_stored);
  EXPECT_EQ(gained(store_.bob), 1);
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
