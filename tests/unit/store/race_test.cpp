// No lost changes and no lost flips: writers, a flipper and readers at once (storage.md R3, R6).
//
// Writers deliver signed mail and change keywords; a flipper gives units a new state, one after the other, and sweeps
// each; a reader per account follows Email/changes page by page and keeps a copy.  At the end every copy must equal the
// database and every message must carry its unit's last generation.  The negative controls break one rule each, in the
// order of events that the rule forbids, and the same comparison must notice.
#include <thread>

#include "invariants.h"
#include "mail_store.h"
#include "store/account_lock.h"
#include "store/pool.h"

namespace waxseal::store {
namespace {

constexpr std::size_t kUnits = 12;
constexpr std::size_t kWriters = 3;
constexpr std::size_t kPage = 5;
constexpr std::chrono::milliseconds kRaceTime{1500};

// What a client knows of an account.
class Copy {
 public:
  Copy(MailStore& store, AccountId account) : store_(store), account_(account), state_(store.state(account)) {}

  // Follows the changes to their end.
  void follow() {
    for (bool more = true; more;) more = follow_page();
  }
  bool follow_page() {
    const Changes changes = store::changes(*store_.database, account_, ObjectType::kEmail, state_, kPage).value();
    for (const auto* ids : {&changes.created, &changes.updated}) {
      for (const std::int64_t id : *ids) {
        for (const EmailRow& row : list_emails(*store_.database, account_, {EmailId{id}}).emails)
          seen_[id] = describe(row);
      }
    }
    state_ = changes.new_state;
    return changes.has_more;
  }
  // Emails of which the copy says something else than the database.
  std::size_t stale() {
    Snapshot snapshot(*store_.database, account_);
    std::size_t count = 0;
    for (const auto& row :
         store_.database.sql("SELECT email_id FROM emails WHERE account_id = " + std::to_string(account_.value))) {
      const std::int64_t id = std::stoll(row.at(0));
      count += seen_[id] != describe(get_emails(snapshot, {EmailId{id}}).at(0)) ? 1u : 0u;
    }
    return count;
  }

 private:
  static std::string describe(const EmailRow& row) {
    std::string out = std::to_string(static_cast<int>(row.status));
    for (const std::string& keyword : row.keywords) out += " " + keyword;
    return out;
  }

  MailStore& store_;
  AccountId account_;
  std::string state_;
  std::map<std::int64_t, std::string> seen_;
};

class Race : public testing::Test {
 protected:
  Race() {
    for (std::size_t i = 0; i < kUnits; ++i) units_.push_back(unit_named("unit " + std::to_string(i)));
  }

  static void set_seen(Transaction& transaction, AccountId account, EmailId id, std::int64_t number) {
    transaction.exec("UPDATE emails SET flags = flags # 1, modseq = $3 WHERE account_id = $1 AND email_id = $2",
                     account, id, number);
    transaction.exec("UPDATE email_mailbox SET flags = flags # 1 WHERE account_id = $1 AND email_id = $2", account, id);
  }
  static void toggle(Database& database, AccountId account, EmailId id) {
    run(database, [&](Transaction& transaction) {
      AccountLock lock(transaction, account, 1, kEmailType);
      set_seen(transaction, account, id, lock.take());
    });
  }
  void flip(const smime::Unit& unit) {
    store_.evaluate(unit, kExpired, kNow + Seconds(60));
    store_.sweep(unit);
  }
  // Messages whose verdict is not what their unit's state makes of it.
  std::string with_old_verdict() {
    return store_.database.value(
        "SELECT count(*) FROM email_signers s JOIN units u USING (unit_id) JOIN emails e USING (account_id, email_id) "
        "WHERE s.applied_gen <> u.gen OR e.smime_status <> CASE WHEN u.codes = '{}' THEN 3 ELSE 4 END");
  }
  void recount_unread() {
    store_.database.sql(
        "UPDATE mailboxes m SET unread_emails = (SELECT count(*) FROM email_mailbox b WHERE b.account_id = "
        "m.account_id AND b.mailbox_id = m.mailbox_id AND b.flags & 9 = 0), unread_threads = (SELECT count(DISTINCT "
        "thread_id) FROM email_mailbox b WHERE b.account_id = m.account_id AND b.mailbox_id = m.mailbox_id AND "
        "b.flags & 9 = 0)");
  }

  MailStore store_;
  std::vector<smime::Unit> units_;
};

TEST_F(Race, NoChangeAndNoFlipIsLost) {
  std::atomic<bool> writing = true, reading = true;
  std::atomic<std::size_t> flipped = 0;
  std::atomic<int> delivered = 0;
  std::vector<NewEmail> prepared;
  for (int i = 0; i < 3000; ++i) prepared.push_back(store_.under(units_[0]));

  const auto write = [&](std::size_t writer) {
    const auto database = store_.database.connect(1);
    std::vector<std::pair<AccountId, EmailId>> own;
    for (std::size_t i = writer; writing && i < prepared.size(); i += kWriters) {
      const AccountId account = i % 2 == 0 ? store_.bob : store_.carol;
      // Units around the one that is flipped just now.
      const smime::Unit& unit = units_[std::min(flipped + i % 3, kUnits - 1)];
      NewEmail email = prepared[i];
      email.facts = facts_under(unit);
      email.evaluations = {{unit.id(), {kGood, kNow}}};
      own.emplace_back(account, append_email(*database, account, email, store_.policy).email);
      ++delivered;
      if (i % 2 == 0) toggle(*database, own[i % own.size()].first, own[i % own.size()].second);
    }
  };
  const auto follow = [&](Copy& copy) {
    while (reading) copy.follow_page();
    copy.follow();
  };
  Copy bobs(store_, store_.bob), carols(store_, store_.carol);
  std::vector<std::thread> writers, readers;
  for (std::size_t i = 0; i < kWriters; ++i) writers.emplace_back(write, i);
  for (Copy* copy : {&bobs, &carols}) readers.emplace_back(follow, std::ref(*copy));
  for (; flipped < kUnits; ++flipped) {
    std::this_thread::sleep_for(kRaceTime / kUnits);
    if (find_unit(*store_.database, units_[flipped].id())) flip(units_[flipped]);
  }
  writing = false;
  for (std::thread& thread : writers) thread.join();
  reading = false;
  for (std::thread& thread : readers) thread.join();

  EXPECT_GT(delivered, 20);
  EXPECT_EQ(bobs.stale() + carols.stale(), 0u);
  EXPECT_EQ(with_old_verdict(), "0");
  recount_unread();  // toggle() leaves the counts alone
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// R3 broken: the number is taken in another transaction than the change that it numbers.
TEST_F(Race, ANumberThatIsNotHeldUntilTheCommitLosesAChange) {
  const EmailId id = store_.deliver(store_.bob, store_.plain());
  Copy copy(store_, store_.bob);
  Copy honest(store_, store_.bob);
  toggle(*store_.database, store_.bob, id);
  honest.follow();
  EXPECT_EQ(honest.stale(), 0u);

  std::int64_t number = 0;
  run(*store_.database,
      [&](Transaction& transaction) { number = AccountLock(transaction, store_.bob, 1, kEmailType).take(); });
  copy.follow();  // the client is told a state that covers the number
  run(*store_.database, [&](Transaction& transaction) { set_seen(transaction, store_.bob, id, number); });
  copy.follow();
  EXPECT_EQ(copy.stale(), 1u);
}

// R6 broken: the delivery reads the unit before it holds the account's lock, and the flip comes in between.
TEST_F(Race, AVerdictReadBeforeTheLockIsNotBroughtUpToDate) {
  const smime::Unit& unit = units_[0];
  store_.deliver(store_.bob, store_.under(unit));
  const std::string read_before = store_.database.value("SELECT gen FROM units");
  flip(unit);
  const EmailId honest = store_.deliver(store_.bob, store_.under(unit));
  EXPECT_EQ(store_.email(store_.bob, honest).status, smime::Status::kFailed);
  EXPECT_EQ(with_old_verdict(), "0");

  const std::string late = std::to_string(store_.deliver(store_.bob, store_.under(unit)).value);
  store_.database.sql("UPDATE email_signers SET applied_gen = " + read_before + " WHERE email_id = " + late +
                      "; UPDATE emails SET smime_status = 3, smime_codes = '{}' WHERE email_id = " + late +
                      "; UPDATE email_mailbox SET smime_status = 3 WHERE email_id = " + late);
  EXPECT_EQ(store_.sweep(unit).emails_changed, 0u) << "this account is done";
  EXPECT_EQ(with_old_verdict(), "1");
  EXPECT_EQ(broken_invariants(store_.database), "9");
}

// R6 broken: the holder is noted after the delivery, and the sweep comes in between.
TEST_F(Race, AHolderNotedAfterTheDeliveryIsPassedOver) {
  const smime::Unit& unit = units_[0];
  store_.deliver(store_.bob, store_.under(unit));
  store_.deliver(store_.carol, store_.under(unit));
  const std::string carols = " WHERE account_id = " + std::to_string(store_.carol.value);
  store_.database.sql("DELETE FROM unit_holders" + carols);
  flip(unit);
  EXPECT_EQ(with_old_verdict(), "1");
  store_.database.sql("INSERT INTO unit_holders (bucket, unit_id, account_id, applied_gen) SELECT bucket, unit_id, " +
                      std::to_string(store_.carol.value) + ", gen FROM units");
  store_.sweep(unit);
  EXPECT_EQ(with_old_verdict(), "1");
  EXPECT_EQ(broken_invariants(store_.database), "9");
}

}  // namespace
}  // namespace waxseal::store
