#include "store/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/database.h"

namespace waxseal::store {
namespace {

using test::TestDatabase;

constexpr Time kNow = from_epoch(1'790'000'000);

class Accounts : public testing::Test {
 protected:
  TestDatabase db;
};

TEST_F(Accounts, NewAccountHasItsMailboxesAndAddresses) {
  const Result<AccountId> id = create_account(*db, "Joe", {"Joe@Example.net"}, kNow);
  ASSERT_TRUE(id) << id.error();
  const std::optional<Account> account = find_account(*db, "JOE");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->id, *id);
  EXPECT_EQ(account->name, "joe");
  EXPECT_THAT(account->addresses, testing::ElementsAre("joe@example.net"));
  EXPECT_EQ(account->created_at, kNow);
  EXPECT_EQ(db.value("SELECT string_agg(role, ',' ORDER BY mailbox_id) FROM mailboxes"),
            "inbox,drafts,sent,junk,trash,archive");
  EXPECT_EQ(list_accounts(*db).size(), 1u);
}

TEST_F(Accounts, TakenNameOrAddressLeavesNothingBehind) {
  ASSERT_TRUE(create_account(*db, "joe", {"joe@example.net"}, kNow));
  EXPECT_FALSE(create_account(*db, "JOE", {"other@example.net"}, kNow));
  EXPECT_FALSE(create_account(*db, "jim", {"jim@example.net", "joe@example.net"}, kNow));
  EXPECT_FALSE(find_account(*db, "jim"));
  EXPECT_FALSE(find_recipient(*db, "jim@example.net"));
  EXPECT_EQ(db.value("SELECT count(*) FROM accounts"), "1");
  EXPECT_FALSE(create_account(*db, "a:b", {}, kNow));
  EXPECT_FALSE(create_account(*db, "jim", {"no domain"}, kNow));
  EXPECT_TRUE(create_account(*db, "jim", {"jim@example.net"}, kNow));
}

TEST_F(Accounts, RecipientIsFoundExactlyThenWithoutTagThenByCatchAll) {
  const AccountId joe = *create_account(*db, "joe", {"joe@example.net", "joe+bills@example.net"}, kNow);
  const AccountId rest = *create_account(*db, "rest", {"@example.net"}, kNow);
  const AccountId bills = *create_account(*db, "bills", {"jim+bills@example.net"}, kNow);
  EXPECT_EQ(find_recipient(*db, "JOE@example.NET"), joe);
  EXPECT_EQ(find_recipient(*db, "joe+x@example.net"), joe);
  EXPECT_EQ(find_recipient(*db, "jim+bills@example.net"), bills);
  EXPECT_EQ(find_recipient(*db, "jim+other@example.net"), rest);
  EXPECT_EQ(find_recipient(*db, "+joe@example.net"), rest);
  EXPECT_EQ(find_recipient(*db, "joe@example.org"), std::nullopt);
  EXPECT_EQ(find_recipient(*db, "joe"), std::nullopt);
  EXPECT_EQ(find_recipient(*db, std::string("joe\0@example.net", 16)), std::nullopt);
  ASSERT_TRUE(add_address(*db, joe, "joe@example.org"));
  EXPECT_EQ(find_recipient(*db, "joe@example.org"), joe);
  EXPECT_FALSE(add_address(*db, rest, "joe@example.org"));
}

TEST_F(Accounts, RemovedAccountIsGoneAndItsNameIsFree) {
  const AccountId joe = *create_account(*db, "joe", {"joe@example.net"}, kNow);
  const NewToken token = create_token(*db, joe, "x", Scope::kFull, {}, kNow);
  EXPECT_TRUE(remove_account(*db, "joe"));
  EXPECT_FALSE(remove_account(*db, "joe"));
  EXPECT_FALSE(find_recipient(*db, "joe@example.net"));
  EXPECT_FALSE(authenticate_bearer(*db, token.secret, kNow));
  EXPECT_EQ(db.value("SELECT count(*) FROM mailboxes"), "0");
  EXPECT_TRUE(create_account(*db, "joe", {"joe@example.net"}, kNow));
}

TEST_F(Accounts, OnlyTheRightPasswordIsAccepted) {
  const AccountId joe = *create_account(*db, "joe", {}, kNow);
  EXPECT_FALSE(authenticate_basic(*db, "joe", "", kNow));  // none was set
  set_password(*db, joe, "correct horse");
  const auto principal = authenticate_basic(*db, "Joe", "correct horse", kNow);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->account, joe);
  EXPECT_TRUE(authenticate_basic(*db, "joe", "correct horse", kNow));  // remembered
  EXPECT_FALSE(authenticate_basic(*db, "joe", "correct horsE", kNow));
  EXPECT_FALSE(authenticate_basic(*db, "joe", std::string_view("correct horse\0", 14), kNow));
  EXPECT_FALSE(authenticate_basic(*db, "jim", "correct horse", kNow));
  EXPECT_EQ(db.value("SELECT password_hash LIKE '$y$%' FROM accounts"), "t");
  set_password(*db, joe, "other");
  EXPECT_FALSE(authenticate_basic(*db, "joe", "correct horse", kNow));  // what was remembered is of no use
  EXPECT_TRUE(authenticate_basic(*db, "joe", "other", kNow));
  db.sql("UPDATE accounts SET disabled = true");
  EXPECT_FALSE(authenticate_basic(*db, "joe", "other", kNow));
}

TEST_F(Accounts, TokenIsGoodUntilItExpiresOrIsRevoked) {
  const AccountId joe = *create_account(*db, "joe", {}, kNow);
  const NewToken token = create_token(*db, joe, "phone", Scope::kReadOnly, kNow + Seconds(100), kNow);
  const auto principal = authenticate_bearer(*db, token.secret, kNow);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->account, joe);
  EXPECT_EQ(principal->name, "joe");
  EXPECT_EQ(principal->scope, Scope::kReadOnly);
  EXPECT_FALSE(authenticate_bearer(*db, token.secret, kNow + Seconds(100)));

  std::string wrong = token.secret;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_FALSE(authenticate_bearer(*db, wrong, kNow));
  EXPECT_FALSE(authenticate_bearer(*db, "wax_1_2_3", kNow));
  EXPECT_FALSE(authenticate_bearer(*db, "", kNow));
  EXPECT_FALSE(authenticate_bearer(*db, "wax_99999999999999999999_1_" + std::string(64, 'a'), kNow));

  ASSERT_EQ(list_tokens(*db, joe).size(), 1u);
  EXPECT_EQ(list_tokens(*db, joe)[0].label, "phone");
  EXPECT_EQ(list_tokens(*db, joe)[0].scope, Scope::kReadOnly);
  EXPECT_FALSE(revoke_token(*db, {joe.value + 1}, token.token.id));
  EXPECT_TRUE(revoke_token(*db, joe, token.token.id));
  EXPECT_FALSE(authenticate_bearer(*db, token.secret, kNow));
  EXPECT_EQ(db.value("SELECT count(*) FROM api_tokens"), "0");
}

TEST_F(Accounts, AFullTokenAndAPasswordGiveEverythingAnUnknownScopeLess) {
  const AccountId joe = *create_account(*db, "joe", {}, kNow);
  const NewToken token = create_token(*db, joe, "tool", Scope::kFull, {}, kNow);
  EXPECT_EQ(authenticate_bearer(*db, token.secret, kNow)->scope, Scope::kFull);
  set_password(*db, joe, "correct horse");
  EXPECT_EQ(authenticate_basic(*db, "joe", "correct horse", kNow)->scope, Scope::kFull);
  db.sql("UPDATE api_tokens SET scope = 7");
  EXPECT_EQ(authenticate_bearer(*db, token.secret, kNow)->scope, Scope::kReadOnly);
}

TEST_F(Accounts, AQuotaIsSetAndTakenAway) {
  const AccountId joe = *create_account(*db, "joe", {}, kNow);
  EXPECT_FALSE(find_account(*db, "joe")->quota_bytes);
  set_quota(*db, joe, 5000);
  EXPECT_EQ(find_account(*db, "joe")->quota_bytes, 5000);
  set_quota(*db, joe, std::nullopt);
  EXPECT_FALSE(find_account(*db, "joe")->quota_bytes);
}

TEST_F(Accounts, SecretsAreNotStored) {
  const AccountId joe = *create_account(*db, "joe", {}, kNow);
  const NewToken token = create_token(*db, joe, "phone", Scope::kFull, {}, kNow);
  const std::string secret = token.secret.substr(token.secret.rfind('_') + 1);
  EXPECT_EQ(db.value("SELECT count(*) FROM api_tokens WHERE encode(secret_hash, 'hex') = '" + secret + "'"), "0");
}

}  // namespace
}  // namespace waxseal::store
