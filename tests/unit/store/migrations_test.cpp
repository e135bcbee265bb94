#include "store/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/database.h"

namespace waxseal::store {
namespace {

using test::TestDatabase;

constexpr Time kNow = from_epoch(1'790'000'000);

TEST(Migrations, EmptyDatabaseBecomesCurrentAndASecondRunDoesNothing) {
  TestDatabase db(TestDatabase::Schema::kEmpty);
  EXPECT_FALSE(migration_status(*db).initialised);
  EXPECT_THROW(db->check(), SchemaMismatch);
  std::vector<std::string> names;
  const Result<int> applied = migrate(*db, kNow, [&](const Migration& each) { names.push_back(each.name); });
  ASSERT_TRUE(applied) << applied.error();
  EXPECT_EQ(static_cast<std::size_t>(*applied), names.size());
  EXPECT_EQ(names.front(), "001_accounts");
  EXPECT_TRUE(migration_status(*db).current());
  EXPECT_NO_THROW(db->check());
  EXPECT_EQ(*migrate(*db, kNow), 0);
}

TEST(Migrations, AlteredTextIsRefused) {
  TestDatabase db;
  ASSERT_TRUE(migration_status(*db).current());
  db.sql("UPDATE schema_migrations SET checksum = 'x' WHERE number = 2");
  EXPECT_FALSE(migration_status(*db).current());
  EXPECT_THROW(db->check(), SchemaMismatch);
  const Result<int> applied = migrate(*db, kNow);
  ASSERT_FALSE(applied);
  EXPECT_THAT(applied.error(), testing::HasSubstr("002_mail"));
}

TEST(Migrations, SchemaOfANewerProgramIsRefused) {
  TestDatabase db;
  db.sql("INSERT INTO schema_migrations VALUES (999, '999_future', 'x', now())");
  EXPECT_TRUE(migration_status(*db).newer_than_program);
  EXPECT_THROW(db->check(), SchemaMismatch);
  const Result<int> applied = migrate(*db, kNow);
  ASSERT_FALSE(applied);
  EXPECT_THAT(applied.error(), testing::HasSubstr("newer"));
}

// 003_smime.sql makes the table "certificates" first and "units" later.
constexpr const char* kObstacle = "CREATE TABLE units (in_the_way integer)";
constexpr int kBeforeObstacle = 2;

bool has_table(const TestDatabase& db, const std::string& name) {
  return db.value("SELECT to_regclass('public." + name + "') IS NOT NULL") == "t";
}

TEST(Migrations, AFailedOneLeavesNothingBehind) {
  TestDatabase db(TestDatabase::Schema::kEmpty);
  db.sql(kObstacle);
  EXPECT_THROW((void)migrate(*db, kNow), Unavailable);
  EXPECT_TRUE(has_table(db, "mailboxes")) << "those before it stay";
  EXPECT_FALSE(has_table(db, "certificates"));
  EXPECT_THROW(db->check(), SchemaMismatch);
}

TEST(Migrations, OnlyMissingOnesAreApplied) {
  TestDatabase db(TestDatabase::Schema::kEmpty);
  db.sql(kObstacle);
  EXPECT_THROW((void)migrate(*db, kNow), Unavailable);
  db.sql("DROP TABLE units");
  EXPECT_EQ(*migrate(*db, kNow), static_cast<int>(migration_status(*db).migrations.size()) - kBeforeObstacle);
  EXPECT_NO_THROW(db->check());
  EXPECT_EQ(*migrate(*db, kNow), 0);
}

// 021_fewer_rows.sql puts two tables into one, and one beside what lists show.
TEST(Migrations, MailOfBeforeHasItsTextAndItsVerdict) {
  TestDatabase db(TestDatabase::Schema::kEmpty);
  db.sql("CREATE TABLE email_smime (in_the_way integer)");
  EXPECT_THROW((void)migrate(*db, kNow), Unavailable);
  db.sql(
      "INSERT INTO accounts (account_id, name, created_at) VALUES (1, 'bob', now());"
      "INSERT INTO blobs (account_id, blob_id, size) VALUES (1, 'b', 5);"
      "INSERT INTO threads VALUES (1, 7, 7);"
      "INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at) VALUES (1, 8, 7, 8, now()), (1, 9, 7, "
      "9, now());"
      "INSERT INTO email_meta (account_id, email_id, received_at, size, blob_id, subject, preview, from_text, to_text, "
      "cc_text, bcc_text, envelope) SELECT 1, email_id, now(), 5, 'b', 'Hi', '', '', '', '', '', '{}' FROM emails;"
      "INSERT INTO email_text VALUES (1, 8, 'SUBJECT:HI', 'BODY', 'address:A', 'F', 'T', 'S');"
      "INSERT INTO email_facts VALUES (1, 8, 3, '2026-01-01Z', '{}');"
      "INSERT INTO email_at_delivery VALUES (1, 8, 4, '{301}', '2026-01-02Z', '2026-01-03Z', 'p', 2, true, 'crl:00', "
      "'infinity');"
      "DROP TABLE email_smime");
  ASSERT_TRUE(migrate(*db, kNow));
  const auto texts = db.sql(
      "SELECT email_id, headers, body, signers, from_name, to_name, subject_base FROM email_meta ORDER BY email_id");
  EXPECT_THAT(texts, testing::ElementsAre(testing::ElementsAre("8", "SUBJECT:HI", "BODY", "address:A", "F", "T", "S"),
                                          testing::ElementsAre("9", "", "", "", "", "", "")));
  EXPECT_THAT(db.sql("SELECT email_id, facts_version, facts_at::date, facts, dlv_status, dlv_codes, dlv_at::date, "
                     "finalised_at::date, policy_version, trust_version, recheck, evidence, retry_at FROM email_smime"),
              testing::ElementsAre(testing::ElementsAre("8", "3", "2026-01-01", "{}", "4", "{301}", "2026-01-02",
                                                        "2026-01-03", "p", "2", "t", "crl:00", "infinity")));
}

TEST(Migrations, SeveralProgramsAtOnceApplyEachOnce) {
  TestDatabase db(TestDatabase::Schema::kEmpty);
  std::atomic<int> applied{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto own = db.connect(1);
      const Result<int> result = migrate(*own, kNow);
      applied += result ? *result : 1000;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(applied, static_cast<int>(migration_status(*db).migrations.size()));
  EXPECT_NO_THROW(db->check());
}

}  // namespace
}  // namespace waxseal::store
