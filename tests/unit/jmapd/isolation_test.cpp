// Account A can neither read nor infer anything of account B (rule R30): on every method of the table and every route,
// those that come later included.
#include <gtest/gtest.h>

#include <thread>

#include "jmapd/authenticate.h"
#include "jmapd/blob_id.h"
#include "seeded_account.h"

namespace waxseal::jmapd {
namespace {

class Isolation : public testing::Test {
 protected:
  static void SetUpTestSuite() { account_ = std::make_unique<SeededAccount>(); }
  static void TearDownTestSuite() { account_.reset(); }

  // As Eve.
  static Json call(std::string_view method, Json arguments) {
    Json capabilities = Json::array();
    for (const MethodRow& row : method_table()) capabilities.push_back(row.capability);
    capabilities.push_back(kSmimeVerify);
    const Json request = {{"using", capabilities}, {"methodCalls", {{method, std::move(arguments), "c"}}}};
    const auto response = account_->get("/jmap/api", "eve", "POST", request.dump());
    return Json::parse(response.body).at("methodResponses").at(0);
  }

  // Enough to get past the reading of arguments.
  static Json complete(std::string_view method, const std::string& account) {
    Json arguments = {{"accountId", account}};
    const std::string_view verb = method.substr(method.find('/') + 1);
    if (verb == "get") arguments["ids"] = Json::array();
    if (verb == "changes") arguments["sinceState"] = "1.1";
    if (verb == "queryChanges") arguments["sinceQueryState"] = "1.1";
    if (verb == "upload") arguments["create"] = Json::object();
    if (verb == "import") arguments["emails"] = Json::object();
    if (verb == "parse") arguments["blobIds"] = Json::array();
    if (verb == "lookup") arguments.update({{"typeNames", Json::array()}, {"ids", Json::array()}});
    if (method == "Blob/copy") arguments.update({{"fromAccountId", account}, {"blobIds", Json::array()}});
    if (method == "Email/copy") arguments.update({{"fromAccountId", eve()}, {"create", Json::object()}});
    if (method == "SearchSnippet/get")
      arguments = {{"accountId", account}, {"filter", nullptr}, {"emailIds", Json::array()}};
    return arguments;
  }
  static std::string eve() { return account_->foreign_account(); }
  static void make_eve_administrator(bool is_one) {
    store::set_administrator(account_->database(), *account_from_wire(eve()), is_one);
    std::this_thread::sleep_for(Authenticator::kGrace + std::chrono::milliseconds(50));
  }
  static bool of_no_account(std::string_view method) {
    return method == "Core/echo" || method.starts_with("PushSubscription/");
  }

  static std::unique_ptr<SeededAccount> account_;
};
std::unique_ptr<SeededAccount> Isolation::account_;

TEST_F(Isolation, AForeignAccountIsAnsweredAsOneThatNeverWas) {
  for (const MethodRow& row : method_table()) {
    if (of_no_account(row.name)) continue;
    const Json foreign = call(row.name, complete(row.name, account_->account()));
    EXPECT_EQ(foreign, call(row.name, complete(row.name, "a1"))) << row.name;
    EXPECT_EQ(foreign[1].value("type", ""), "accountNotFound") << row.name << ": " << foreign;
  }
}

TEST_F(Isolation, OnesOwnAccountIsFound) {
  for (const MethodRow& row : method_table()) {
    if (of_no_account(row.name)) continue;
    const Json own = call(row.name, complete(row.name, eve()));
    EXPECT_NE(own[1].value("type", ""), "accountNotFound") << row.name << ": " << own;
  }
}

TEST_F(Isolation, ForeignIdsAreUnknownIds) {
  const auto& email = account_->email("plain");
  const std::string blob = to_wire(BlobId{email.blob, ""});
  const Json emails = call("Email/get", {{"accountId", eve()}, {"ids", {to_wire(email.id)}}})[1];
  EXPECT_TRUE(emails["list"].empty()) << emails;
  const Json threads = call("Thread/get", {{"accountId", eve()}, {"ids", {to_wire(email.thread)}}})[1];
  EXPECT_TRUE(threads["list"].empty()) << threads;
  const Json blobs = call("Blob/get", {{"accountId", eve()}, {"ids", {blob, "b" + std::string(64, '0')}}})[1];
  EXPECT_EQ(blobs["notFound"].size(), 2u) << blobs;
  const Json holders = call("Blob/lookup", {{"accountId", eve()}, {"ids", {blob}}, {"typeNames", {"Email"}}})[1];
  EXPECT_EQ(holders["list"][0]["matchedIds"], (Json{{"Email", Json::array()}})) << holders;
  const Json made =
      call("Blob/upload", {{"accountId", eve()}, {"create", {{"k", {{"data", {{{"blobId", blob}}}}}}}}})[1];
  EXPECT_EQ(made["notCreated"]["k"]["type"], "blobNotFound") << made;
  const Json copied = call("Blob/copy", {{"accountId", eve()}, {"fromAccountId", eve()}, {"blobIds", {blob}}})[1];
  EXPECT_EQ(copied["notCopied"][blob]["type"], "notFound") << copied;
}

// A state names the account's epoch: one that another account gave says nothing here.
TEST_F(Isolation, AForeignStateIsAnUnknownState) {
  auto snapshot = account_->snapshot();
  const std::string state = store::state(snapshot, store::ObjectType::kEmail);
  for (const MethodRow& row : method_table()) {
    if (!row.name.ends_with("/changes") || row.name.starts_with("Quota/")) continue;
    const Json answer = call(row.name, {{"accountId", eve()}, {"sinceState", state}})[1];
    EXPECT_EQ(answer.value("type", ""), "cannotCalculateChanges") << row.name << ": " << answer;
  }
}

TEST_F(Isolation, EveryRouteButTheOpenOnesWantsCredentials) {
  for (const RouteName& route : route_names()) {
    const std::string path = std::string(route.path) + (route.path.ends_with('/') ? "a/b/c" : "");
    const auto response = account_->get(path, "", std::string(route.method));
    EXPECT_EQ(response.status == 401, !route.open) << path;
  }
}

TEST_F(Isolation, RoutesThatNameAnAccountKnowOnlyOnesOwn) {
  const std::string blob = to_wire(BlobId{account_->email("plain").blob, ""});
  for (const RouteName& route : route_names()) {
    if (!route.path.ends_with('/') || route.open) continue;
    const auto answer = [&](const std::string& account) {
      const auto response = account_->get(std::string(route.path) + account + "/" + blob + "/x", "eve",
                                          std::string(route.method), route.method == "POST" ? "x" : "");
      return std::pair(response.status, response.body);
    };
    EXPECT_EQ(answer(account_->account()), answer("a1")) << route.path;
    EXPECT_EQ(answer(account_->account()).first, 404) << route.path;
  }
  const auto session = account_->get("/jmap/session", "eve");
  EXPECT_EQ(session.body.find(account_->account()), std::string::npos);
}

TEST_F(Isolation, AnEventSourceTellsOnlyOfOnesOwnAccount) {
  const auto eves = account_->get("/jmap/eventsource?types=*&closeafter=no&ping=0", "eve");
  const auto bobs = account_->get("/jmap/eventsource?types=*&closeafter=no&ping=0", "bob");
  account_->deliver("another", SeededAccount::plain() + "another\r\n");
  std::string heard;
  for (int i = 0; i < 400 && heard.find("event: state") == heard.npos; ++i) {
    heard += bobs.events->take().octets;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_NE(heard.find(account_->account()), std::string::npos);
  EXPECT_EQ(eves.events->take().octets, "retry: 3000\n\n");
}

// Numbers about all accounts: for administrators alone, and not for what one of them let a program have.
TEST_F(Isolation, TheWholeInstallationIsForAdministrators) {
  const Json request = {{"accountId", eve()}, {"ids", nullptr}};
  EXPECT_EQ(call("SmimeOverview/get", request)[1].value("type", ""), "forbidden");
  EXPECT_EQ(account_->get("/jmap/session", "eve").body.find(kOverview), std::string::npos);

  make_eve_administrator(true);
  const Json overview = call("SmimeOverview/get", request)[1];
  EXPECT_EQ(overview["list"].size(), 1u) << overview;
  EXPECT_NE(account_->get("/jmap/session", "eve").body.find(kOverview), std::string::npos);
  EXPECT_EQ(overview.dump().find("bob"), std::string::npos) << "no account and no message is named";
  EXPECT_EQ(call("SmimeOverview/get", {{"accountId", account_->account()}, {"ids", nullptr}})[1]["type"],
            "accountNotFound");

  const Time now = from_epoch(2'000'000'000);
  const auto principal = [&](store::Scope scope) {
    const auto made = store::create_token(account_->database(), *account_from_wire(eve()), "t", scope, {}, now);
    return store::authenticate_bearer(account_->database(), made.secret, now);
  };
  EXPECT_TRUE(principal(store::Scope::kFull)->administrator);
  EXPECT_FALSE(principal(store::Scope::kReadOnly)->administrator);
  make_eve_administrator(false);
  EXPECT_EQ(call("SmimeOverview/get", request)[1].value("type", ""), "forbidden");
}

}  // namespace
}  // namespace waxseal::jmapd
