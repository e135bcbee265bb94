// Whoever wrote to an account last need not look at it again, and stores what he would have stored with a look.
#include "append_batch_fixture.h"

namespace waxseal::store {
namespace {

class AppendByMemory : public AppendBatch {
 protected:
  AppendByMemory() {
    keep(store_.bob);
    keep(store_.carol);
  }

  // Stored, and the account remembered.
  Appended keep(AccountId account) { return keep(account, store_.under(unit_)); }
  Appended keep(AccountId account, NewEmail email) {
    sent_.clear();
    Sent& sent = send(account, std::move(email));
    EXPECT_EQ(store(), std::vector{Fate::kAnswered});
    return sent.arrival.answer;
  }
  MailboxId trash(AccountId account) { return store_.mailbox(account, "trash").id; }
  std::int64_t in_trash(AccountId account) { return store_.mailbox(account, "trash").total_emails; }
  // What nobody would find by looking: a message that goes there was stored by memory.
  void remember_trash_as_inbox(AccountId account) {
    RememberedAccount changed = *memory_.of(account);
    changed.mailboxes["inbox"] = {trash(account)};
    memory_.note(account, changed);
  }
  bool is_looked_at(AccountId account, NewEmail email) {
    remember_trash_as_inbox(account);
    const std::int64_t before = in_trash(account);
    keep(account, std::move(email));
    return in_trash(account) == before;
  }
};

TEST_F(AppendByMemory, WhatWasWrittenLastIsNotLookedAt) {
  EXPECT_FALSE(is_looked_at(store_.bob, store_.under(unit_)));
  EXPECT_FALSE(is_looked_at(store_.bob, store_.plain()));
  NewEmail spam = store_.plain();
  spam.mailbox_role = "junk";
  EXPECT_TRUE(is_looked_at(store_.bob, spam)) << "no message went there yet";
}

TEST_F(AppendByMemory, NumbersGoOnWhereTheyWere) {
  const std::string before = store_.state(store_.bob);
  for (int i = 0; i < 3; ++i) keep(store_.bob);
  sent_.clear();
  for (int i = 0; i < 6; ++i) send(i % 3 == 0 ? store_.carol : store_.bob);
  EXPECT_EQ(store(), std::vector<Fate>(6, Fate::kAnswered));
  EXPECT_EQ(gained(store_.bob), 8);
  EXPECT_EQ(gained(store_.carol), 3);
  EXPECT_EQ(store_.changes(store_.bob, before)->created.size(), 7u);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, AnAccountThatSomebodyHadLockedIsLookedAtAndNotRememberedForAWhile) {
  lock_bob();
  EXPECT_TRUE(is_looked_at(store_.bob, store_.plain()));
  EXPECT_EQ(memory_.of(store_.bob), nullptr);
  EXPECT_NE(memory_.of(store_.carol), nullptr);
  keep(store_.bob);
  EXPECT_EQ(memory_.of(store_.bob), nullptr) << "or two programs would fail in turns";
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, OneAccountThatChangedIsNoOthersHarm) {
  lock_bob();
  for (const AccountId account : {store_.bob, store_.carol}) remember_trash_as_inbox(account);
  sent_.clear();
  for (int i = 0; i < 4; ++i) send(i % 2 == 0 ? store_.carol : store_.bob);
  EXPECT_EQ(store(), std::vector<Fate>(4, Fate::kAnswered));
  EXPECT_EQ(in_trash(store_.carol), 2);
  EXPECT_EQ(in_trash(store_.bob), 0);
  EXPECT_EQ(gained(store_.bob), 3);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, AMessageThatIsThereIsNotStoredAgain) {
  NewEmail email = store_.under(unit_);
  email.summary.message_id.clear();  // or its thread would be found
  const Appended first = keep(store_.bob, email);
  const Appended again = keep(store_.bob, email);
  EXPECT_FALSE(first.already_stored);
  EXPECT_TRUE(again.already_stored);
  EXPECT_EQ(again.email, first.email);
  EXPECT_EQ(gained(store_.bob), 2);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, AMessageOfAThreadJoinsIt) {
  NewEmail first = store_.plain();
  const ThreadId thread = keep(store_.bob, first).thread;
  NewEmail same_id = store_.plain();
  same_id.summary.message_id = first.summary.message_id;
  same_id.summary.subject = first.summary.subject;
  EXPECT_EQ(keep(store_.bob, same_id).thread, thread);
  NewEmail other_subject = store_.plain();
  other_subject.summary.message_id = first.summary.message_id;
  EXPECT_NE(keep(store_.bob, other_subject).thread, thread);
  NewEmail reply = store_.plain();
  reply.summary.in_reply_to = first.summary.message_id;
  reply.summary.subject = "Re: " + first.summary.subject;
  EXPECT_EQ(keep(store_.bob, reply).thread, thread);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, TheStateOfAUnitIsThePresentOne) {
  const NewEmail before = store_.under(unit_);
  EXPECT_EQ(store_.email(store_.bob, keep(store_.bob, before).email).status, smime::Status::kVerified);
  store_.evaluate(unit_, kExpired, kNow + Seconds(60));
  const EmailRow after = store_.email(store_.bob, keep(store_.bob, store_.under(unit_)).email);
  EXPECT_EQ(after.status, smime::Status::kFailed);
  EXPECT_EQ(after.visible_codes, std::vector{smime::Code::cert_expired});
  store_.sweep(unit_);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, AUnitThatIsNewToTheAccountIsLookedAt) {
  const smime::Unit other = unit_named("albert");
  store_.deliver(store_.bob, store_.under(other));  // noted, by another process
  EXPECT_TRUE(is_looked_at(store_.bob, store_.under(other)));
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// The quota is no part of the account's number.
TEST_F(AppendByMemory, TheQuotaIsThePresentOne) {
  set_quota(*store_.database, store_.bob, 1);
  EXPECT_EQ(keep(store_.bob).room, Appended::Room::kNeverFits);
  set_quota(*store_.database, store_.bob, std::nullopt);
  EXPECT_EQ(keep(store_.bob).room, Appended::Room::kFits);
  keep(store_.carol);
  set_quota(*store_.database, store_.carol, 1'000'000);
  EXPECT_EQ(keep(store_.carol).room, Appended::Room::kFits);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, AnAccountThatWasRemovedTakesNothing) {
  ASSERT_TRUE(remove_account(*store_.database, "bob"));
  sent_.clear();
  send(store_.bob, store_.plain());
  send(store_.carol, store_.plain());
  EXPECT_EQ(store(), (std::vector{Fate::kOvertaken, Fate::kAnswered}));
}

// A lost answer: what was committed is found again.
TEST_F(AppendByMemory, WhatWasCommittedWithoutAnAnswerIsThere) {
  const Memory before = memory_.of(store_.bob);
  const NewEmail email = store_.plain();
  const Appended first = keep(store_.bob, email);
  memory_.note(store_.bob, *before);  // as if it had not been heard
  const Appended again = keep(store_.bob, email);
  EXPECT_TRUE(again.already_stored);
  EXPECT_EQ(again.email, first.email);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendByMemory, WhatIsNotConfirmedIsForgotten) {
  EXPECT_NE(memory_.of(store_.bob), nullptr);
  std::this_thread::sleep_for(kRecentFor + std::chrono::milliseconds(50));
  EXPECT_EQ(memory_.of(store_.bob), nullptr);
  keep(store_.bob);
  EXPECT_NE(memory_.of(store_.bob), nullptr);
}

// After a fail-over the server may have less than was written.
TEST_F(AppendByMemory, NothingIsRememberedOfAServerThatWentAway) {
  const AppendMemory& memory = store_.database->impl().append_memory;
  const AccountId dave = store_.account("dave"), erin = store_.account("erin");
  for (const AccountId account : {dave, erin}) store_.deliver(account, store_.plain());
  ASSERT_NE(memory.of(erin), nullptr);
  number(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  store_.deliver(dave, store_.plain());
  EXPECT_EQ(memory.of(erin), nullptr);
  EXPECT_NE(memory.of(dave), nullptr);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

}  // namespace
}  // namespace waxseal::store
