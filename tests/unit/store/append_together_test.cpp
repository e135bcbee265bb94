// Messages that come at once for an account that another program has locked: stored together, answered one by one.
#include <atomic>
#include <thread>

#include "invariants.h"
#include "mail_store.h"
#include "store/account_lock.h"
#include "store/pool.h"

namespace waxseal::store {
namespace {

constexpr AccountId kNobody{12345};

class AppendTogether : public testing::Test {
 protected:
  AppendTogether() : database_(store_.database.connect()) { store_.deliver(store_.bob, store_.under(unit_)); }

  // What an append came to: "stored", "already", or why not.
  std::string outcome(AccountId account, const NewEmail& email) {
    try {
      const Appended appended = append_email(*database_, account, email, store_.policy);
      if (appended.room != Appended::Room::kFits) return "no room";
      if (appended.unknown_mailbox) return "no mailbox";
      return appended.already_stored ? "already" : "stored";
    } catch (const Unavailable&) {
      return "unavailable";
    }
  }

  // The first one waits for the account's lock, which another program has; all others wait for the first one, and are
  // stored together.  Their outcomes, in order.
  std::vector<std::string> together(AccountId account, const std::vector<NewEmail>& emails,
                                    const std::function<void()>& meanwhile = {}) {
    std::vector<std::string> out(emails.size());
    std::vector<std::thread> threads;
    std::atomic<std::size_t> answered = 0;
    run(*store_.database, [&](Transaction& transaction) {
      lock_account(transaction, account);
      for (std::size_t i = 0; i < emails.size(); ++i) {
        threads.emplace_back([&, i] {
          out[i] = outcome(account, emails[i]);
          ++answered;
        });
        if (i == 0) wait_until_one_waits_for_the_lock();
        while (database_->impl().locked_appends.waiting() + answered < i) std::this_thread::yield();
      }
      if (meanwhile) meanwhile();
    });
    for (std::thread& thread : threads) thread.join();
    return out;
  }
  void wait_until_one_waits_for_the_lock() {
    while (waits_for_the_lock().empty()) std::this_thread::yield();
  }
  std::string waits_for_the_lock() {
    return store_.database.value(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' LIMIT 1");
  }
  std::vector<NewEmail> messages(std::size_t count) {
    std::vector<NewEmail> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(i % 2 == 0 ? store_.under(unit_) : store_.plain());
    return out;
  }
  std::string transactions(AccountId account) {
    return store_.database.value("SELECT count(DISTINCT xmin::text) FROM emails WHERE account_id = " +
                                 std::to_string(account.value));
  }
  std::string emails(AccountId account) {
    return store_.database.value("SELECT count(*) FROM emails WHERE account_id = " + std::to_string(account.value));
  }

  MailStore store_;
  smime::Unit unit_ = unit_named("alice");
  std::unique_ptr<Database> database_;
};

using Outcomes = std::vector<std::string>;

TEST_F(AppendTogether, TheFirstAloneAndTheOthersInOneTransaction) {
  const auto sent = messages(9);
  EXPECT_EQ(together(store_.carol, sent), Outcomes(9, "stored"));
  EXPECT_EQ(emails(store_.carol), "9");
  EXPECT_EQ(transactions(store_.carol), "2");
  EXPECT_EQ(broken_invariants(store_.database), "");
  for (const NewEmail& email : sent) EXPECT_EQ(outcome(store_.carol, email), "already");
  EXPECT_EQ(store_.mailbox(store_.carol, "inbox").total_emails, 9);
}

TEST_F(AppendTogether, NotMoreThanATransactionMayHold) {
  EXPECT_EQ(together(store_.carol, messages(1 + 2 * kTogether)), Outcomes(1 + 2 * kTogether, "stored"));
  EXPECT_EQ(transactions(store_.carol), "3");
  std::vector<NewEmail> large;
  const std::string octets(kTogetherOctets / 4, 'x');
  for (int i = 0; i < 6; ++i) large.push_back(store_.plain(std::to_string(i) + octets.substr(1)));
  EXPECT_EQ(together(store_.bob, large), Outcomes(6, "stored"));
  EXPECT_EQ(transactions(store_.bob), "4") << "the one before, the first, four, and one";
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendTogether, OneThatTheServerRefusesIsRefusedAlone) {
  auto sent = messages(5);
  sent[2].mailbox_role = "\xff";  // no UTF-8: whatever statement it is part of fails
  EXPECT_EQ(together(store_.carol, sent), (Outcomes{"stored", "stored", "unavailable", "stored", "stored"}));
  EXPECT_EQ(emails(store_.carol), "4");
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// Nobody has locked an account: those that come while others are being written go together without locks.
TEST_F(AppendTogether, NorDoesItHarmWhoeverItMet) {
  auto sent = messages(7);
  sent[4].mailbox_role = "\xff";
  std::vector<std::string> out(sent.size());
  std::vector<std::thread> threads;
  run(*store_.database, [&](Transaction& table) {
    table.exec("LOCK TABLE email_meta IN EXCLUSIVE MODE");
    for (std::size_t i = 0; i < sent.size(); ++i)
      threads.emplace_back([&, i] { out[i] = outcome(i < 2 ? store_.bob : store_.carol, sent[i]); });
    wait_until_one_waits_for_the_lock();
    std::this_thread::sleep_for(3 * kLongWait);
  });
  for (std::thread& thread : threads) thread.join();
  Outcomes expected(7, "stored");
  expected[4] = "unavailable";
  EXPECT_EQ(out, expected);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendTogether, EachHasItsOwnAnswer) {
  auto sent = messages(6);
  sent[2].delivery_key = sent[1].delivery_key;  // the same delivery twice
  sent[3].mailboxes = {MailboxId{4711}};
  sent[4].octets = sent[5].octets;  // the same octets, delivered twice
  sent[4].blob = sent[5].blob;
  EXPECT_EQ(together(store_.carol, sent), (Outcomes{"stored", "stored", "already", "no mailbox", "stored", "stored"}));
  EXPECT_EQ(store_.database.value("SELECT max(refs) FROM blobs"), "2");
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendTogether, AQuotaIsForThemInTheirOrder) {
  const auto sent = messages(5);
  std::size_t room = 0;
  for (int i = 0; i < 3; ++i) room += sent[static_cast<std::size_t>(i)].octets.size();
  set_quota(*store_.database, store_.carol, static_cast<std::int64_t>(room));
  EXPECT_EQ(together(store_.carol, sent), (Outcomes{"stored", "stored", "stored", "no room", "no room"}));
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// An answer that is stored with its question joins it; one that would join two threads is stored by itself.
TEST_F(AppendTogether, TheyFindEachOthersThreads) {
  auto sent = messages(6);
  for (NewEmail& email : sent) email.summary.subject = "Lunch?";
  sent[2].summary.in_reply_to = sent[1].summary.message_id;
  sent[3].summary.in_reply_to = sent[2].summary.message_id;
  sent[5].summary.references = {sent[3].summary.message_id[0], sent[4].summary.message_id[0]};
  EXPECT_EQ(together(store_.carol, sent), Outcomes(6, "stored"));
  EXPECT_EQ(store_.database.value("SELECT string_agg(n::text, ' ' ORDER BY n) FROM (SELECT count(*) AS n FROM emails "
                                  "WHERE account_id = " +
                                  std::to_string(store_.carol.value) + " GROUP BY thread_id) AS threads"),
            "1 5");
  EXPECT_EQ(store_.mailbox(store_.carol, "inbox").total_threads, 2);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// A session that ends while its statement waits: nobody knows what became of it, and everybody's message is there once.
TEST_F(AppendTogether, ALostConnectionLosesAndDoublesNothing) {
  const auto sent = messages(5);
  const auto kill = [&] { store_.database.value("SELECT pg_terminate_backend(" + waits_for_the_lock() + ")"); };
  EXPECT_EQ(together(store_.carol, sent, kill), Outcomes(5, "stored"));
  EXPECT_EQ(emails(store_.carol), "5");
  EXPECT_EQ(database_->pool_use().lost, 1u);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendTogether, WhoWaitsTooLongIsToldSoAndNothingIsStored) {
  DatabaseOptions options;
  options.url = store_.database.url();
  options.lock_timeout = Seconds(1);
  database_ = std::make_unique<Database>(options);
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2500)); };
  EXPECT_EQ(together(store_.carol, messages(3), wait), Outcomes(3, "unavailable"));
  EXPECT_EQ(emails(store_.carol), "0");
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(AppendTogether, ForAnAccountThatIsNotThereAllAreRefused) {
  EXPECT_EQ(outcome(kNobody, store_.plain()), "unavailable");
}

// While a delivery waits to write, a sweep carries a new state to the account under its lock, and is done with it.  The
// delivery must not write the old one: `lock` decides, and one that leaves modseq as it was is the negative control.
TEST_F(AppendTogether, AStateThatCameSinceTheLookIsSeen) {
  const auto behind_after = [&](const std::function<void(Transaction&)>& lock, Time at) {
    std::thread delivery;
    run(*store_.database, [&](Transaction& table) {
      table.exec("LOCK TABLE email_meta IN EXCLUSIVE MODE");  // what is read is read, and nothing is written
      const NewEmail email = store_.under(unit_);
      delivery = std::thread([this, email] { EXPECT_EQ(outcome(store_.bob, email), "stored"); });
      wait_until_one_waits_for_the_lock();
      store_.evaluate(unit_, kExpired, at);
      run(*store_.database, lock);
      store_.database.sql("UPDATE unit_holders h SET applied_gen = gen FROM units u WHERE h.unit_id = u.unit_id");
    });
    delivery.join();
    return store_.database.value(
        "SELECT count(*) FROM (SELECT applied_gen FROM email_signers ORDER BY email_id DESC LIMIT 1) AS s, units u "
        "WHERE s.applied_gen <> u.gen");
  };
  EXPECT_EQ(behind_after([&](Transaction& transaction) { lock_account(transaction, store_.bob); }, kNow + Seconds(60)),
            "0");
  store_.evaluate(unit_, kGood, kNow + Seconds(120));
  const auto leave_modseq = [&](Transaction& transaction) {
    transaction.exec("SELECT 1 FROM account_state WHERE account_id = $1 FOR UPDATE", store_.bob);
  };
  EXPECT_EQ(behind_after(leave_modseq, kNow + Seconds(180)), "1");
}

// The statement without the lock writes nothing once somebody had the lock since the look, whatever he did with it.
TEST_F(AppendTogether, WhoeverHeldTheLockMovedModseq) {
  const auto modseq = [&] {
    return store_.database.value("SELECT modseq FROM account_state WHERE account_id = " +
                                 std::to_string(store_.bob.value));
  };
  const std::string before = modseq();
  run(*store_.database, [&](Transaction& transaction) { lock_account(transaction, store_.bob); });
  EXPECT_NE(modseq(), before);
  const std::string state = store_.state(store_.bob);
  run(*store_.database, [&](Transaction& transaction) { lock_account(transaction, store_.bob); });
  EXPECT_EQ(store_.state(store_.bob), state) << "no client sees that";
}

}  // namespace
}  // namespace waxseal::store
