// Push subscriptions (RFC 8620 section 7.2) and their encryption (RFC 8291).
#include <gtest/gtest.h>

#include "base/text.h"
#include "jmapd/push_encryption.h"
#include "jmapd/pusher.h"
#include "mail_account.h"
#include "support/responder.h"

namespace waxseal::jmapd {
namespace {

std::string raw(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return unbase64(text).value();
}

constexpr const char* kReceiver =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr const char* kAuth = "BTBZMqHH6r4Tts7J_aSIgg";

TEST(PushEncryption, IsThatOfTheExampleInRfc8291) {
  const auto keys = read_push_keys(kReceiver, kAuth);
  ASSERT_TRUE(keys);
  const auto sealed = encrypt_push(*keys, "When I grow up, I want to be a watermelon",
                                   raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), raw("DGv6ra1nlYgDCS1FRnbzlw"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(
      base64url(*sealed),
      "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
      "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(PushEncryption, IsNeverTwiceTheSame) {
  const auto keys = read_push_keys(kReceiver, kAuth);
  EXPECT_NE(encrypt_push(*keys, "x"), encrypt_push(*keys, "x"));
  EXPECT_FALSE(encrypt_push(*keys, std::string(4001, 'x')));
}

TEST(PushEncryption, KeysThatAreNoneAreRefused) {
  std::string off_curve = raw(kReceiver);
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  EXPECT_FALSE(read_push_keys(base64url(off_curve), kAuth));
  EXPECT_FALSE(read_push_keys(kReceiver, "AAAA"));
  EXPECT_FALSE(read_push_keys("", ""));
  EXPECT_FALSE(read_push_keys("!", kAuth));
  EXPECT_TRUE(read_push_keys(std::string(kReceiver) + "=", std::string(kAuth) + "=="));
}

TEST(PushUrl, IsHttpsOrAllowed) {
  EXPECT_TRUE(push_url("https://push.example.net/abc?d", {}));
  EXPECT_TRUE(push_url("https://push.example.net:8443/abc", {}));
  for (const char* refused :
       {"http://push.example.net/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/",
        "https://user@push.example.net/", "https://push.example.net:25/", "ftp://example.net/", ""}) {
    EXPECT_FALSE(push_url(refused, {})) << refused;
  }
  const PushRules own{.allow = {"http://localhost:8081/push/"}};
  EXPECT_TRUE(push_url("http://localhost:8081/push/x", own));
  EXPECT_FALSE(push_url("http://localhost:8081/other", own));
}

class Push : public testing::Test {
 protected:
  Push() {
    account_.limits().push.allow = {base_};
    service_.serve("/", {.body = "ok"});
  }
  Json set(Json arguments) {
    arguments["accountId"] = nullptr;
    arguments.erase("accountId");
    return account_.call_without_account("PushSubscription/set", arguments);
  }
  std::string create(Json more = Json::object()) {
    Json object = {{"deviceClientId", "phone"}, {"url", base_ + "x"}};
    object.update(more);
    const Json answer = set({{"create", {{"k", object}}}});
    return answer["created"].is_null() ? answer["notCreated"]["k"]["description"].get<std::string>()
                                       : answer["created"]["k"]["id"].get<std::string>();
  }
  // A moment later, as pushes to one client have a pause between them.
  std::size_t round() {
    account_.clock().advance(Seconds(2));
    Pusher pusher({.rules = {{base_}}, .poll = std::chrono::milliseconds(0)}, account_.database(), account_.clock());
    return pusher.run_once();
  }
  Json heard() { return Json::parse(service_.heard().back().body); }
  std::string verify(const std::string& id) {
    round();
    return set({{"update", {{id, {{"verificationCode", heard()["verificationCode"]}}}}}}).dump();
  }

  MailAccount account_;
  test::Responder service_;
  std::string base_ = "http://localhost:" + std::to_string(service_.port()) + "/";
};

TEST_F(Push, BeginsWithAVerificationAndNothingElseUntilItsCodeComesBack) {
  const std::string id = create();
  EXPECT_EQ(round(), 1u);
  ASSERT_EQ(service_.heard().size(), 1u);
  EXPECT_EQ(heard()["@type"], "PushVerification");
  EXPECT_EQ(heard()["pushSubscriptionId"], id);
  EXPECT_GE(heard()["verificationCode"].get<std::string>().size(), 20u);
  EXPECT_EQ(service_.heard().back().fields["content-type"], "application/json");
  EXPECT_EQ(service_.heard().back().fields.count("ttl"), 1u);
  account_.deliver_plain("one");
  EXPECT_EQ(round(), 0u);
  const Json wrong = set({{"update", {{id, {{"verificationCode", "guess"}}}}}});
  EXPECT_EQ(wrong["notUpdated"][id]["type"], "invalidProperties");
  EXPECT_EQ(round(), 0u);
  set({{"update", {{id, {{"verificationCode", heard()["verificationCode"]}}}}}});
  EXPECT_EQ(round(), 1u);
  EXPECT_EQ(heard()["@type"], "StateChange");
  EXPECT_TRUE(heard()["changed"][to_wire(account_.id())].contains("Email"));
}

TEST_F(Push, TellsTheTypesThatAreWantedOnce) {
  verify(create({{"types", {"Mailbox"}}}));
  account_.deliver_plain("one");
  round();
  const Json changed = heard()["changed"][to_wire(account_.id())];
  EXPECT_EQ(changed.size(), 1u) << changed;
  EXPECT_TRUE(changed.contains("Mailbox"));
  const std::size_t before = service_.heard().size();
  account_.clock().advance(Seconds(10));
  EXPECT_EQ(round(), 0u);
  EXPECT_EQ(service_.heard().size(), before);
}

TEST_F(Push, IsEncryptedForWhoGaveKeys) {
  create({{"keys", {{"p256dh", kReceiver}, {"auth", kAuth}}}});
  round();
  EXPECT_EQ(service_.heard().back().fields["content-encoding"], "aes128gcm");
  EXPECT_EQ(service_.heard().back().body.find("PushVerification"), std::string::npos);
}

TEST_F(Push, WaitsAfterAFailureAndForgetsWhatIsGone) {
  service_.serve("/", {.status = 503});
  const std::string id = create();
  EXPECT_EQ(round(), 1u);
  EXPECT_EQ(round(), 0u);
  account_.clock().advance(Seconds(90));
  service_.serve("/", {.status = 410});
  EXPECT_EQ(round(), 1u);
  EXPECT_TRUE(account_.call_without_account("PushSubscription/get", Json::object())["list"].empty());
}

TEST_F(Push, UrlAndKeysAreNeverGivenBack) {
  const std::string id = create({{"types", {"Email"}}});
  const Json list = account_.call_without_account("PushSubscription/get", Json::object())["list"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["id"], id);
  EXPECT_FALSE(list[0].contains("url"));
  EXPECT_FALSE(list[0].contains("keys"));
  EXPECT_TRUE(list[0]["verificationCode"].is_null());
  EXPECT_EQ(list[0]["types"], (Json{"Email"}));
  EXPECT_THROW(account_.call_without_account("PushSubscription/get", {{"properties", {"url"}}}), MethodError);
}

TEST_F(Push, EndsWithItsTimeAndWithDestroy) {
  const std::string id = create({{"expires", "2026-07-02T12:00:00Z"}});
  EXPECT_EQ(set({{"destroy", {id, "p1"}}})["destroyed"], (Json{id}));
  create({{"expires", "2126-07-02T12:00:00Z"}});  // cut to the longest lifetime
  account_.clock().advance(Seconds(31 * 86400));
  EXPECT_EQ(round(), 0u);
  EXPECT_EQ(account_.sql().value("SELECT count(*) FROM push_subscriptions"), "0");
}

TEST_F(Push, WhatIsWrongIsSaid) {
  EXPECT_NE(create({{"url", "http://other.example/"}}).find("url"), std::string::npos);
  EXPECT_NE(create({{"verificationCode", "x"}}).find("verificationCode"), std::string::npos);
  EXPECT_NE(create({{"keys", {{"p256dh", "x"}, {"auth", kAuth}}}}).find("keys"), std::string::npos);
  EXPECT_NE(create({{"expires", "2020-01-01T00:00:00Z"}}).find("expires"), std::string::npos);
  EXPECT_NE(create({{"colour", "red"}}).find("colour"), std::string::npos);
  EXPECT_EQ(service_.connections(), 0u);
}

TEST_F(Push, NeverReachesAnAddressOfOurs) {
  create();
  Pusher strict({.rules = {}, .poll = std::chrono::milliseconds(0)}, account_.database(), account_.clock());
  EXPECT_EQ(strict.run_once(), 1u);  // the name leads to 127.0.0.1
  EXPECT_EQ(service_.connections(), 0u);
}

TEST_F(Push, HasALimitOfNumberAndRate) {
  for (std::size_t i = 0; i < store::kMaxPushSubscriptions; ++i) EXPECT_TRUE(create().starts_with("p"));
  EXPECT_NE(create().find("may have"), std::string::npos);
  std::string last;
  for (int i = 0; i < 100 && last.find("too fast") == last.npos; ++i) {
    account_.sql().sql("DELETE FROM push_subscriptions");
    last = create();
  }
  EXPECT_NE(last.find("too fast"), std::string::npos);
}

TEST_F(Push, EndsWithThePasswordThatMadeIt) {
  const std::string id = create();
  store::Principal token{account_.id(), "alice@example.org", store::Scope::kFull, {42}};
  EXPECT_TRUE(store::push_subscriptions(account_.database(), token, account_.clock().now()).empty());
  store::set_password(account_.database(), account_.id(), "another");
  EXPECT_TRUE(account_.call_without_account("PushSubscription/get", Json::object())["list"].empty());
}

}  // namespace
}  // namespace waxseal::jmapd
