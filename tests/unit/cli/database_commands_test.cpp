#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_run.h"
#include "store/accounts.h"
#include "support/database.h"

namespace waxseal::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

class DatabaseCommand : public testing::Test {
 protected:
  explicit DatabaseCommand(test::TestDatabase::Schema schema = test::TestDatabase::Schema::kMigrated)
      : database_(schema) {
    config_ = directory_.write("waxseal.toml", "[database]\nurl = \"" + database_.url() + "\"\n");
  }
  Ran wax(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--config", config_});
    return run(arguments, input);
  }
  Directory directory_;
  test::TestDatabase database_;
  std::string config_;
};

class EmptyDatabase : public DatabaseCommand {
 protected:
  EmptyDatabase() : DatabaseCommand(test::TestDatabase::Schema::kEmpty) {}
};

TEST_F(EmptyDatabase, StatusSaysWhatToRun) {
  const Ran ran = wax({"db", "status"});
  EXPECT_EQ(ran.status, kNo);
  EXPECT_THAT(ran.out, HasSubstr("missing"));
  EXPECT_THAT(ran.out, HasSubstr("run `waxseal db init`"));
}

TEST_F(EmptyDatabase, ADryRunChangesNothing) {
  const Ran ran = wax({"db", "init", "--dry-run"});
  EXPECT_EQ(ran.status, kDone);
  EXPECT_THAT(ran.out, HasSubstr("would apply 001_accounts\n"));
  EXPECT_EQ(wax({"db", "status"}).status, kNo);
}

TEST_F(EmptyDatabase, InitAppliesTheSchemaOnce) {
  const Ran first = wax({"db", "init"});
  EXPECT_EQ(first.status, kDone) << first.err;
  EXPECT_THAT(first.out, HasSubstr("applied 001_accounts\n"));
  EXPECT_THAT(first.out, HasSubstr("waxseal trust add"));
  const Ran second = wax({"db", "init"});
  EXPECT_EQ(second.status, kDone);
  EXPECT_THAT(second.out, HasSubstr("nothing to do\n"));
  const Ran status = wax({"db", "status", "--json"});
  EXPECT_EQ(status.status, kDone);
  EXPECT_EQ(status.json().front()["current"], true);
}

TEST_F(EmptyDatabase, OtherCommandsSayThatTheSchemaIsMissing) {
  const Ran ran = wax({"account", "list"});
  EXPECT_EQ(ran.status, kDatabase);
  EXPECT_THAT(ran.err, HasSubstr("waxseal db init"));
}

TEST(NoDatabase, TheAdviceNamesTheNextCommandAndNoPassword) {
  const Directory directory;
  const std::string config =
      directory.write("waxseal.toml", "[database]\nurl = \"postgresql://wax:geheim@127.0.0.1:1/wax\"\n");
  const Ran init = run({"--config", config, "db", "init"});
  EXPECT_EQ(init.status, kDatabase);
  EXPECT_THAT(init.err, HasSubstr("sudo -u postgres createdb"));
  EXPECT_THAT(init.err, HasSubstr("postgresql://wax:***@127.0.0.1:1/wax"));
  EXPECT_THAT(init.err, Not(HasSubstr("geheim")));
  EXPECT_EQ(run({"--config", config, "account", "list"}).status, kDatabase);
}

TEST(NoDatabase, AMissingUrlIsAUsageError) {
  const Directory directory;
  const Ran ran = run({"--config", directory.write("waxseal.toml", ""), "account", "list"});
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("database.url is missing"));
}

TEST_F(DatabaseCommand, AGeneratedPasswordIsPrintedOnceAndWorks) {
  const Ran ran = wax({"account", "add", "bob", "--address", "bob@example.org", "--address", "@example.net"});
  ASSERT_EQ(ran.status, kDone) << ran.err;
  EXPECT_THAT(ran.out, MatchesRegex("[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}\n"));
  const std::string password = ran.out.substr(0, ran.out.size() - 1);
  EXPECT_TRUE(store::authenticate_basic(*database_, "bob", password, test::default_now()));
  EXPECT_FALSE(store::authenticate_basic(*database_, "bob", password + "x", test::default_now()));
  EXPECT_TRUE(store::find_recipient(*database_, "anybody@example.net"));
}

TEST_F(DatabaseCommand, APasswordFromStandardInputIsNotPrinted) {
  const Ran ran = wax({"account", "add", "bob@example.org", "--password-stdin"}, "correct horse\n");
  ASSERT_EQ(ran.status, kDone) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(store::authenticate_basic(*database_, "bob@example.org", "correct horse", test::default_now()));
  EXPECT_TRUE(store::find_recipient(*database_, "bob@example.org"))
      << "a login name that is an address receives its mail";
}

TEST_F(DatabaseCommand, AnEmptyPasswordLeavesNoAccountBehind) {
  EXPECT_EQ(wax({"account", "add", "bob", "--password-stdin"}, "\n").status, kUsage);
  EXPECT_THAT(store::list_accounts(*database_), IsEmpty());
}

TEST_F(DatabaseCommand, AnAccountThatExistsIsNotAddedAgain) {
  ASSERT_EQ(wax({"account", "add", "bob"}).status, kDone);
  const Ran again = wax({"account", "add", "bob"});
  EXPECT_EQ(again.status, kNo);
  EXPECT_EQ(again.out, "");
}

TEST_F(DatabaseCommand, AccountsAreListed) {
  wax({"account", "add", "bob", "--address", "bob@example.org"});
  wax({"address", "add", "bob", "robert@example.org"});
  EXPECT_THAT(wax({"account", "list"}).out, HasSubstr("bob   2026-07-01T12:00:00Z  active  "));
  const auto rows = wax({"account", "list", "--json"}).json();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["name"], "bob");
  EXPECT_THAT(rows[0]["addresses"], testing::UnorderedElementsAre("bob@example.org", "robert@example.org"));
}

TEST_F(DatabaseCommand, ANewPasswordReplacesTheOldOne) {
  wax({"account", "add", "bob", "--password-stdin"}, "old\n");
  EXPECT_EQ(wax({"account", "password", "bob", "--password-stdin"}, "new\r\n").status, kDone);
  EXPECT_FALSE(store::authenticate_basic(*database_, "bob", "old", test::default_now()));
  EXPECT_TRUE(store::authenticate_basic(*database_, "bob", "new", test::default_now()));
}

TEST_F(DatabaseCommand, AnAccountIsRemovedByItsExactName) {
  wax({"account", "add", "bob"});
  const Ran wrong = wax({"account", "remove", "bobb"});
  EXPECT_EQ(wrong.status, kNo);
  EXPECT_THAT(wrong.err, HasSubstr("there is no account \"bobb\"; did you mean \"bob\"?"));
  EXPECT_EQ(wax({"account", "remove", "bob"}).status, kDone);
  EXPECT_THAT(store::list_accounts(*database_), IsEmpty());
}

TEST_F(DatabaseCommand, ATokenOpensUntilItIsRevoked) {
  wax({"account", "add", "bob"});
  const Ran created =
      wax({"token", "create", "bob", "--label", "phone", "--expires", "2027-01-01T00:00:00Z", "--json"});
  ASSERT_EQ(created.status, kDone) << created.err;
  const auto token = created.json().front();
  EXPECT_EQ(token["expiresAt"], "2027-01-01T00:00:00Z");
  const std::string secret = token["secret"];
  EXPECT_TRUE(store::authenticate_bearer(*database_, secret, test::default_now()));
  EXPECT_FALSE(store::authenticate_bearer(*database_, secret, test::at("2027-01-01T00:00:01Z")));
  const auto listed = wax({"token", "list", "bob", "--json"}).json();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0]["label"], "phone");
  EXPECT_FALSE(listed[0].contains("secret"));

  const std::string id = std::to_string(token["id"].get<std::int64_t>());
  EXPECT_EQ(wax({"token", "revoke", "bob", id}).status, kDone);
  EXPECT_FALSE(store::authenticate_bearer(*database_, secret, test::default_now()));
  EXPECT_EQ(wax({"token", "revoke", "bob", id}).status, kNo);
}

TEST_F(DatabaseCommand, ThePlainTokenStandsAloneOnStandardOutput) {
  wax({"account", "add", "bob"});
  const Ran created = wax({"token", "create", "bob"});
  ASSERT_TRUE(created.out.ends_with('\n'));
  EXPECT_TRUE(
      store::authenticate_bearer(*database_, created.out.substr(0, created.out.size() - 1), test::default_now()));
}

TEST_F(DatabaseCommand, AReadOnlyTokenIsOne) {
  wax({"account", "add", "bob"});
  const Ran created = wax({"token", "create", "bob", "--scope", "read-only"});
  const auto principal =
      store::authenticate_bearer(*database_, created.out.substr(0, created.out.size() - 1), test::default_now());
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->scope, store::Scope::kReadOnly);
  EXPECT_EQ(wax({"token", "create", "bob", "--scope", "some"}).status, kUsage);
}

TEST_F(DatabaseCommand, AQuotaIsASizeOrNone) {
  wax({"account", "add", "bob"});
  EXPECT_EQ(wax({"account", "quota", "bob", "2G"}).status, kDone);
  EXPECT_EQ(wax({"account", "list", "--json"}).json()[0]["quotaBytes"], std::int64_t{2} << 30);
  EXPECT_EQ(wax({"account", "quota", "bob", "none"}).status, kDone);
  EXPECT_TRUE(wax({"account", "list", "--json"}).json()[0]["quotaBytes"].is_null());
  for (const char* wrong : {"-1", "5X", "5GB", "", "9999999T", "x"}) {
    EXPECT_EQ(wax({"account", "quota", "bob", wrong}).status, kUsage) << wrong;
  }
}

TEST_F(DatabaseCommand, AnExpiryThatIsPastOrUnreadableIsRefused) {
  wax({"account", "add", "bob"});
  EXPECT_EQ(wax({"token", "create", "bob", "--expires", "2026-07-01T12:00:00Z"}).status, kUsage);
  EXPECT_EQ(wax({"token", "create", "bob", "--expires", "tomorrow"}).status, kUsage);
  EXPECT_EQ(wax({"token", "list", "bob"}).out, "ID  CREATED  EXPIRES  SCOPE  LABEL\n");
}

TEST_F(DatabaseCommand, AnchorsAreAddedListedAndRemoved) {
  const std::string pem = directory_.write("anchors/root.pem", test::pki().root.pem());
  directory_.write("anchors/README", "not a certificate");
  const std::string id = sha256(test::pki().root.der).hex();
  EXPECT_THAT(wax({"trust", "list"}).err, HasSubstr("nothing is trusted"));
  EXPECT_EQ(wax({"trust", "add", directory_.path("anchors"), "--label", "ours"}).out.substr(0, 73), "trusted  " + id);
  EXPECT_THAT(wax({"trust", "add", pem}).out, HasSubstr("already  " + id));
  auto rows = wax({"trust", "list", "--json"}).json();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["sha256"], id);
  EXPECT_EQ(rows[0]["label"], "ours");

  EXPECT_EQ(wax({"trust", "remove", "00000000"}).status, kNo);
  EXPECT_EQ(wax({"trust", "remove", id.substr(0, 4)}).status, kUsage);
  EXPECT_EQ(wax({"trust", "remove", id.substr(0, 12)}).status, kDone);
  EXPECT_THAT(wax({"trust", "list", "--json"}).json(), IsEmpty());
  rows = wax({"trust", "list", "--history", "--json"}).json();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["removedAt"], "2026-07-01T12:00:00Z");
}

TEST_F(DatabaseCommand, NoAnchorIsAddedIfOneFileIsUnreadable) {
  const std::string good = directory_.write("root.pem", test::pki().root.pem());
  const std::string bad = directory_.write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const Ran ran = wax({"trust", "add", good, bad});
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_THAT(ran.err, HasSubstr(bad));
  EXPECT_THAT(wax({"trust", "list", "--json"}).json(), IsEmpty());
}

}  // namespace
}  // namespace waxseal::cli
