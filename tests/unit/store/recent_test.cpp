// A delivery may judge with evidence, and find its recipients in a directory, that were read a second ago; nothing else
// does.
#include "store/recent.h"

#include <gtest/gtest.h>

#include <thread>

#include "store/accounts.h"
#include "store/revocation.h"
#include "support/database.h"

namespace waxseal::store {
namespace {

using Reading = StoredRevocation::Reading;

std::int64_t version_seen(Database& database, Reading reading) {
  StoredRevocation stored(database, reading);
  stored.find({}, Time{});
  return stored.version();
}

TEST(RecentEvidence, IsOneSecondOld) {
  test::TestDatabase database;
  const std::int64_t before = version_seen(*database, Reading::kRecent);
  database.value("UPDATE revocation_state SET version = version + 1 RETURNING version");
  EXPECT_EQ(version_seen(*database, Reading::kRecent), before);
  std::this_thread::sleep_for(kRecentFor);
  EXPECT_EQ(version_seen(*database, Reading::kRecent), before + 1);
}

TEST(RecentEvidence, WhoNeedsThePresentReadsIt) {
  test::TestDatabase database;
  const std::int64_t before = version_seen(*database, Reading::kRecent);
  database.value("UPDATE revocation_state SET version = version + 1 RETURNING version");
  EXPECT_EQ(version_seen(*database, Reading::kPresent), before + 1);
  EXPECT_EQ(version_seen(*database, Reading::kRecent), before + 1);  // and tells the others
}

TEST(RecentEvidence, OtherQuestionsHaveOtherAnswers) {
  RecentEvidence recent;
  recent.add(sha256("a"), {.version = 7});
  ASSERT_TRUE(recent.find(sha256("a")));
  EXPECT_EQ(recent.find(sha256("a"))->version, 7);
  EXPECT_FALSE(recent.find(sha256("b")));
}

// Many messages of one signer at once cost one connection and one statement.
TEST(RecentEvidence, OneReadsAndTheOthersWaitButNotForLong) {
  RecentEvidence recent;
  const auto asks = [&](const char* questions) {
    bool has = false;
    std::thread([&] { has = recent.turn(sha256(questions)).owns_lock(); }).join();
    return has;
  };
  {
    const RecentEvidence::Turn mine = recent.turn(sha256("a"));
    ASSERT_TRUE(mine.owns_lock());
    EXPECT_FALSE(asks("a"));
    EXPECT_TRUE(asks("b"));
  }
  EXPECT_TRUE(asks("a"));
}

TEST(RecentRecipients, AreOneSecondOld) {
  test::TestDatabase database;
  const AccountId joe = create_account(*database, "joe", {"joe@example.org"}, Time{}).value();
  EXPECT_EQ(find_recent_recipient(*database, "joe@example.org"), joe);
  database.sql("DELETE FROM addresses");
  EXPECT_EQ(find_recent_recipient(*database, "joe@example.org"), joe);
  EXPECT_EQ(find_recent_recipient(*database, "joe+tag@example.org"), std::nullopt) << "another question";
  EXPECT_EQ(find_recipient(*database, "joe@example.org"), std::nullopt) << "the present";
  std::this_thread::sleep_for(kRecentFor);
  EXPECT_EQ(find_recent_recipient(*database, "joe@example.org"), std::nullopt);
}

TEST(RecentRecipients, OneThatWasNotThereIsAskedForAgain) {
  test::TestDatabase database;
  const AccountId joe = create_account(*database, "joe", {"joe@example.org"}, Time{}).value();
  EXPECT_EQ(find_recent_recipient(*database, "jim@example.org"), std::nullopt);
  ASSERT_TRUE(add_address(*database, joe, "jim@example.org"));
  EXPECT_EQ(find_recent_recipient(*database, "jim@example.org"), joe);
}

TEST(RecentRecipients, DelimitersArePartOfTheQuestion) {
  test::TestDatabase database;
  const AccountId joe = create_account(*database, "joe", {"joe@example.org"}, Time{}).value();
  EXPECT_EQ(find_recent_recipient(*database, "joe+tag@example.org", "+"), joe);
  EXPECT_EQ(find_recent_recipient(*database, "joe+tag@example.org", ""), std::nullopt);
}

}  // namespace
}  // namespace waxseal::store
