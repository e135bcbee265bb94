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

// The newest migration, undone but for what its last statement makes, and that; to be renewed with the next one.
constexpr const char* kUndoMost =
    "ALTER TABLE email_meta DROP COLUMN received_at_trusted, DROP COLUMN from_key, DROP COLUMN to_key; "
    "DELETE FROM schema_migrations WHERE number >= 13; ";
constexpr const char* kUndoLast = "ALTER TABLE email_meta DROP COLUMN subject_key";
constexpr const char* kFirstColumn =
    "SELECT count(*) FROM information_schema.columns WHERE table_name = 'email_meta' AND column_name = "
    "'received_at_trusted'";

TEST(Migrations, MissingOneIsAppliedAlone) {
  TestDatabase db;
  db.sql(std::string(kUndoMost) + kUndoLast);
  EXPECT_THROW(db->check(), SchemaMismatch);
  EXPECT_EQ(*migrate(*db, kNow), 1);
  EXPECT_NO_THROW(db->check());
}

TEST(Migrations, AFailedOneLeavesNothingBehind) {
  TestDatabase db;
  db.sql(kUndoMost);  // what its last statement makes is in its way
  EXPECT_THROW((void)migrate(*db, kNow), Unavailable);
  EXPECT_EQ(db.value(kFirstColumn), "0");
  db.sql(kUndoLast);
  EXPECT_EQ(*migrate(*db, kNow), 1);
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
