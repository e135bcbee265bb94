// Snapshots and Foo/changes (robustness.md C3-C6).
#include "mail_store.h"
#include "store/account_lock.h"
#include "store/email_query.h"
#include "store/pool.h"

namespace waxseal::store {
namespace {

using Ids = std::vector<std::int64_t>;

class ChangesTest : public testing::Test {
 protected:
  // As a keyword change does it.
  void touch(EmailId id) {
    run(*store_.database, [&](Transaction& transaction) {
      AccountLock lock(transaction, store_.bob, 1, kEmailType);
      transaction.exec("UPDATE emails SET modseq = $3 WHERE account_id = $1 AND email_id = $2", store_.bob, id,
                       lock.take());
    });
  }
  void destroy(EmailId id) {
    run(*store_.database, [&](Transaction& transaction) {
      AccountLock lock(transaction, store_.bob, 1, kEmailType);
      transaction.exec("DELETE FROM emails WHERE account_id = $1 AND email_id = $2", store_.bob, id);
      transaction.exec("INSERT INTO tombstones (account_id, kind, modseq, object_id, at) VALUES ($1, 1, $2, $3, now())",
                       store_.bob, lock.take(), id);
    });
  }
  EmailId deliver() { return store_.deliver(store_.bob, store_.plain()); }

  MailStore store_;
};

TEST_F(ChangesTest, SayWhatWasCreatedUpdatedAndDestroyed) {
  const EmailId kept = deliver(), gone = deliver();
  const std::string before = store_.state(store_.bob);
  EXPECT_EQ(store_.changes(store_.bob, before)->new_state, before) << "nothing happened";
  const EmailId fresh = deliver();
  touch(kept);
  destroy(gone);
  const Changes changes = store_.changes(store_.bob, before).value();
  EXPECT_EQ(changes.created, Ids{fresh.value});
  EXPECT_EQ(changes.updated, Ids{kept.value});
  EXPECT_EQ(changes.destroyed, Ids{gone.value});
  EXPECT_EQ(changes.old_state, before);
  EXPECT_EQ(changes.new_state, store_.state(store_.bob));
  EXPECT_FALSE(changes.has_more);
}

TEST_F(ChangesTest, OfOneObjectSayOneThing) {  // C6
  const std::string before = store_.state(store_.bob);
  const EmailId touched = deliver(), short_lived = deliver();
  touch(touched);
  destroy(short_lived);
  const Changes changes = store_.changes(store_.bob, before).value();
  EXPECT_EQ(changes.created, Ids{touched.value});
  EXPECT_TRUE(changes.updated.empty());
  EXPECT_TRUE(changes.destroyed.empty());
}

// C4: wherever a client stops, it has been told of everything before and will be told of everything after.
TEST_F(ChangesTest, PagesOfAnySizeTellEverythingOnce) {
  std::vector<EmailId> emails;
  for (int i = 0; i < 6; ++i) emails.push_back(deliver());
  const std::string before = store_.state(store_.bob);
  for (int i = 0; i < 4; ++i) touch(emails[static_cast<std::size_t>(i)]);
  Ids fresh;
  for (int i = 0; i < 3; ++i) fresh.push_back(deliver().value);
  touch(EmailId{fresh.front()});
  destroy(emails.back());
  for (std::size_t page = 1; page <= 9; ++page) {
    std::string state = before;
    Ids created, updated, destroyed;
    for (bool more = true; more;) {
      const Changes changes = store_.changes(store_.bob, state, page).value();
      EXPECT_LE(changes.created.size() + changes.updated.size() + changes.destroyed.size(), page);
      EXPECT_NE(changes.new_state, state);
      created.insert(created.end(), changes.created.begin(), changes.created.end());
      updated.insert(updated.end(), changes.updated.begin(), changes.updated.end());
      destroyed.insert(destroyed.end(), changes.destroyed.begin(), changes.destroyed.end());
      state = changes.new_state;
      more = changes.has_more;
    }
    EXPECT_EQ(created, fresh) << page;
    // A client that stopped between its creation and its change hears of the change, too.
    std::erase(updated, fresh.front());
    EXPECT_EQ(updated.size(), 4u) << page;
    EXPECT_EQ(destroyed, Ids{emails.back().value}) << page;
    EXPECT_EQ(state, store_.state(store_.bob)) << page;
  }
}

TEST_F(ChangesTest, StatesThatAreNotOursCannotBeCalculatedFrom) {
  deliver();
  const std::string state = store_.state(store_.bob);
  const std::size_t dot = state.find('.');
  ASSERT_NE(dot, std::string::npos);
  EXPECT_TRUE(store_.changes(store_.bob, state));
  for (const std::string& foreign :
       {std::string(), std::string("."), std::string("x"), state + "x", state + ".1", state.substr(0, dot),
        state.substr(0, dot + 1) + "-1", state.substr(0, dot + 1) + "999999", "1" + state, " " + state,
        store_.state(store_.carol)})
    EXPECT_FALSE(store_.changes(store_.bob, foreign)) << foreign;
  store_.database.sql(
      "UPDATE account_state SET changes_floor = modseq + 1, modseq = modseq + 1, email_modseq = modseq + 1");
  EXPECT_FALSE(store_.changes(store_.bob, state)) << "older than what is remembered";
  EXPECT_TRUE(store_.changes(store_.bob, store_.state(store_.bob)));
  const std::string present = store_.state(store_.bob);
  store_.database.sql("UPDATE account_state SET epoch = epoch + 1");
  EXPECT_FALSE(store_.changes(store_.bob, present)) << "a backup was restored";
}

TEST_F(ChangesTest, AMailboxOfWhichOnlyTheCountsChangedIsSaidToBeThat) {
  const std::string before = store_.state(store_.bob, ObjectType::kMailbox);
  deliver();
  const Changes counts = store_.changes(store_.bob, before, 100, ObjectType::kMailbox).value();
  EXPECT_EQ(counts.updated, Ids{store_.mailbox(store_.bob, "inbox").id.value});
  EXPECT_TRUE(counts.only_counts);
  store_.database.sql("UPDATE mailboxes SET prop_modseq = modseq WHERE role = 'inbox'");
  EXPECT_FALSE(store_.changes(store_.bob, before, 100, ObjectType::kMailbox)->only_counts);
}

TEST_F(ChangesTest, EveryAccountHasItsOwn) {
  const std::string hers = store_.state(store_.carol);
  deliver();
  EXPECT_EQ(store_.state(store_.carol), hers);
  EXPECT_TRUE(store_.changes(store_.carol, hers)->created.empty());
}

TEST_F(ChangesTest, ASnapshotStaysAsItWas) {  // C3
  const EmailId old = deliver();
  Snapshot snapshot(*store_.database, store_.bob);
  const std::string before = state(snapshot, ObjectType::kEmail);
  const std::vector<EmailRow> rows = get_emails(snapshot, {old});
  const EmailId fresh = deliver();
  touch(old);
  store_.database.sql("UPDATE emails SET smime_status = 4");
  EXPECT_EQ(state(snapshot, ObjectType::kEmail), before);
  EXPECT_EQ(get_emails(snapshot, {old}).at(0).status, rows.at(0).status);
  EXPECT_TRUE(get_emails(snapshot, {fresh}).empty());
  EXPECT_TRUE(changes(snapshot, ObjectType::kEmail, before, 100)->updated.empty());

  Snapshot later(*store_.database, store_.bob);
  EXPECT_EQ(get_emails(later, {fresh, old}).size(), 2u);
  EXPECT_EQ(changes(later, ObjectType::kEmail, before, 100)->created, Ids{fresh.value});
}

TEST_F(ChangesTest, ASnapshotGivesWhatWasAskedForOfItsAccountAndNothingElse) {
  const EmailId first = deliver(), second = deliver();
  const EmailId hers = store_.deliver(store_.carol, store_.plain());
  Snapshot snapshot(*store_.database, store_.bob);
  const auto rows = get_emails(snapshot, {second, EmailId{77'777}, first});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, second);
  EXPECT_EQ(rows[1].id, first);
  Snapshot other(*store_.database, store_.carol);
  ASSERT_EQ(get_emails(other, {hers}).size(), 1u);
  EXPECT_NE(get_emails(other, {hers}).at(0).blob, rows[0].blob);
  EXPECT_FALSE(blob_size(other, rows[0].blob));
  EXPECT_EQ(read_blob(other, rows[0].blob, 0, 100), "");
}

// What needs no transaction says the same, and of the account that was asked only.
TEST_F(ChangesTest, OneStatementSaysWhatASnapshotSays) {
  const std::string before = store_.state(store_.bob);
  const EmailId first = deliver(), second = deliver();
  const EmailId hers = store_.deliver(store_.carol, store_.plain());
  store_.database.sql(
      "INSERT INTO email_keyword (account_id, email_id, keyword, received_at) SELECT account_id, "
      "email_id, k, received_at FROM emails, unnest(ARRAY['work', 'home']) k WHERE email_id = " +
      std::to_string(first.value));
  const auto listed = list_emails(*store_.database, store_.bob, {second, hers, EmailId{77'777}, first});
  EXPECT_EQ(listed.state, store_.state(store_.bob));
  ASSERT_EQ(listed.emails.size(), 2u);
  EXPECT_EQ(listed.emails[0].id, second);
  EXPECT_EQ(listed.emails[1].id, first);
  EXPECT_EQ(std::set(listed.emails[1].keywords.begin(), listed.emails[1].keywords.end()),
            (std::set<std::string>{"work", "home"}));
  Snapshot snapshot(*store_.database, store_.bob);
  const auto row = get_emails(snapshot, {first}).at(0);
  EXPECT_EQ(listed.emails[1].received_at, row.received_at);
  EXPECT_EQ(listed.emails[1].summary.subject, row.summary.subject);
  EXPECT_EQ(listed.emails[1].mailboxes, row.mailboxes);

  touch(first);
  const auto found = changes(*store_.database, store_.bob, ObjectType::kEmail, before, 100);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->new_state, store_.state(store_.bob));
  EXPECT_EQ(found->created, (Ids{first.value, second.value}));
  EXPECT_EQ(found->created, store_.changes(store_.bob, before)->created);
  for (const char* state : {"", "1", "1.", ".1", "1.x", "1.-1", "01.1", "999999999999999999999.1", "0.1"}) {
    EXPECT_FALSE(changes(*store_.database, store_.bob, ObjectType::kEmail, state, 100)) << state;
    EXPECT_FALSE(store_.changes(store_.bob, state)) << state;
  }

  const EmailQuery page{.limit = 1, .calculate_total = true};
  EXPECT_EQ(query_emails(*store_.database, store_.bob, page).ids, query_emails(snapshot, page).ids);
  const AccountId nobody{77'777};
  EXPECT_THROW((void)list_emails(*store_.database, nobody, {first}), Unavailable);
  EXPECT_THROW((void)changes(*store_.database, nobody, ObjectType::kEmail, "1.1", 1), Unavailable);
  EXPECT_THROW((void)query_emails(*store_.database, nobody, {}), Unavailable);
}

TEST_F(ChangesTest, OctetsAreReadFromWhereverOneAsks) {
  std::string octets;
  while (octets.size() < 600'000) octets += std::to_string(octets.size()) + "\n";
  const Sha256 blob = store_.email(store_.bob, store_.deliver(store_.bob, store_.plain(octets))).blob;
  Snapshot snapshot(*store_.database, store_.bob);
  for (const std::size_t offset :
       {std::size_t{0}, std::size_t{1}, std::size_t{262'143}, std::size_t{262'144}, octets.size() - 1})
    for (const std::size_t length : {std::size_t{1}, std::size_t{262'144}, std::size_t{262'145}, octets.size()})
      EXPECT_TRUE(read_blob(snapshot, blob, offset, length) == octets.substr(offset, length))
          << offset << ' ' << length;
  EXPECT_EQ(read_blob(snapshot, blob, 0, 0), "");
  EXPECT_EQ(read_blob(snapshot, blob, octets.size(), 10), "");
}

TEST_F(ChangesTest, ManyOctetsAreReadPieceByPieceAndNoneIsInvented) {
  std::string octets;
  while (octets.size() < 2'500'000) octets += std::to_string(octets.size()) + "\n";
  const Sha256 blob = store_.email(store_.bob, store_.deliver(store_.bob, store_.plain(octets))).blob;
  Snapshot snapshot(*store_.database, store_.bob);
  for (const std::size_t offset : {0u, 1u, 1'048'575u, 1'048'576u, 2'400'000u}) {
    EXPECT_TRUE(read_octets(snapshot, blob, offset, octets.size() - offset) == octets.substr(offset)) << offset;
    EXPECT_TRUE(read_octets(snapshot, blob, offset, 100) == octets.substr(offset, 100)) << offset;
    EXPECT_EQ(read_octets(snapshot, blob, offset, octets.size() - offset + 1), std::nullopt) << offset;
  }
  EXPECT_EQ(read_octets(snapshot, blob, 7, 0), "");
  Snapshot other(*store_.database, store_.carol);
  EXPECT_EQ(read_octets(other, blob, 0, 10), std::nullopt);
}

}  // namespace
}  // namespace waxseal::store
