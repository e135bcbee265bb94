#include <gtest/gtest.h>

#include <chrono>

#include "service/lifecycle.h"
#include "service/log.h"
#include "support/database.h"

namespace waxseal::service {
namespace {

TEST(WaitForDatabase, ReturnsWhenTheDatabaseIsThere) {
  test::TestDatabase database;
  EXPECT_TRUE(wait_for_database(*database, [] { return false; }));
}

TEST(WaitForDatabase, GoesOnWaitingWhileTheSchemaIsMissingAndStopsWhenTold) {
  configure_log("test", Level::kError, false);
  test::TestDatabase database(test::TestDatabase::Schema::kEmpty);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(
      wait_for_database(*database, [&] { return std::chrono::steady_clock::now() - begin > std::chrono::seconds(1); }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(WaitForDatabase, StopsBeforeTheFirstAttempt) {
  store::Database nowhere({.url = "postgresql://127.0.0.1:1/x"});
  EXPECT_FALSE(wait_for_database(nowhere, [] { return true; }));
}

}  // namespace
}  // namespace waxseal::service
