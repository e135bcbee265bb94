// What the pool does when the server does not.
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "store/accounts.h"
#include "store/time_limit.h"
#include "support/database.h"

namespace waxseal::store {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

DatabaseOptions options_of(const std::string& url) {
  DatabaseOptions options;
  options.url = url;
  options.pool_size = 1;
  options.statement_timeout = 1s;
  return options;
}

TEST(Pool, AServerProcessThatHangsIsLeftAndTheStatementRunsOnANewConnection) {
  test::TestDatabase db;
  const AccountId joe = create_account(*db, "joe", {"joe@example.net"}, Time{}).value();
  DatabaseOptions options = options_of(db.url());
  options.url += " application_name=hanging";
  Database database(options);
  ASSERT_EQ(find_recipient(database, "joe@example.net"), joe);
  const pid_t server = std::stoi(db.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'hanging'"));
  ASSERT_EQ(::kill(server, SIGSTOP), 0);
  const auto start = Steady::now();
  EXPECT_EQ(find_recipient(database, "joe@example.net"), joe);
  EXPECT_GT(Steady::now() - start, 2s);
  EXPECT_LT(Steady::now() - start, 6s);
  ::kill(server, SIGCONT);
  EXPECT_EQ(database.pool_use().lost, 1u);
}

TEST(Pool, WhileOneCallerWaitsForAServerThatDoesNotAnswerTheOthersAreToldAtOnce) {
  DatabaseOptions options = options_of("postgresql://192.0.2.1/none");  // RFC 5737: nobody there
  options.pool_size = 8;
  options.connect_timeout = 2s;
  Database database(options);
  EXPECT_THROW(find_recipient(database, "joe@example.net"), Unavailable);  // from now on it is known to be down
  std::thread first([&] { EXPECT_THROW(find_recipient(database, "joe@example.net"), Unavailable); });
  std::this_thread::sleep_for(300ms);
  const auto start = Steady::now();
  EXPECT_THROW(find_recipient(database, "joe@example.net"), Unavailable);
  const bool waited = Steady::now() - start > 1s;
  first.join();
  // Where the network refuses at once there is nothing to wait for, and nothing to be seen here.
  EXPECT_FALSE(waited);
}

TEST(Pool, ATimeLimitEndsTheWaitOfItsThread) {
  test::TestDatabase db;
  DatabaseOptions options = options_of(db.url());
  options.url += " application_name=limited";
  Database database(options);
  find_recipient(database, "joe@example.net");
  const pid_t server = std::stoi(db.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'limited'"));
  ASSERT_EQ(::kill(server, SIGSTOP), 0);
  const auto start = Steady::now();
  {
    const TimeLimit limit(start + 300ms);
    const TimeLimit longer(start + 10s);  // changes nothing
    EXPECT_THROW(find_recipient(database, "joe@example.net"), Unavailable);
  }
  EXPECT_LT(Steady::now() - start, 1500ms);
  ::kill(server, SIGCONT);
  EXPECT_FALSE(find_recipient(database, "joe@example.net"));  // without the limit all is as before
}

TEST(Pool, SaysWhatItIsDoing) {
  test::TestDatabase db;
  const auto database = db.connect(3);
  EXPECT_EQ(database->pool_use().open, 0u);
  find_recipient(*database, "joe@example.net");
  const PoolUse use = database->pool_use();
  EXPECT_EQ(use.size, 3u);
  EXPECT_EQ(use.open, 1u);
  EXPECT_EQ(use.idle, 1u);
  EXPECT_EQ(use.connects, 1u);
  EXPECT_EQ(use.lost + use.unavailable + use.run_again, 0u);
}

}  // namespace
}  // namespace waxseal::store
