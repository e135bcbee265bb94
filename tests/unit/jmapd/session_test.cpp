#include "jmapd/session.h"

#include <gtest/gtest.h>

#include "jmapd/language.h"
#include "jmapd/smime_details.h"
#include "smime/judge.h"

namespace waxseal::jmapd {
namespace {

Json nothing(Call&, const Json&) {
  return {};
}

const std::vector<MethodRow> kReading = {{"Core/echo", kCore, Access::kRead, nothing},
                                         {"Email/get", kMail, Access::kRead, nothing}};
const store::Principal kAlice{{7}, "alice", store::Scope::kFull};

Json session(const std::vector<MethodRow>& methods = kReading, const Limits& limits = {},
             std::string_view base = "https://mail.example.net") {
  return session_object(kAlice, limits, methods, base);
}

TEST(Session, HasEveryMemberOfSection2) {
  const Json object = session();
  for (const char* name : {"capabilities", "accounts", "primaryAccounts", "username", "apiUrl", "downloadUrl",
                           "uploadUrl", "eventSourceUrl", "state"}) {
    EXPECT_TRUE(object.contains(name)) << name;
  }
  EXPECT_EQ(object["username"], "alice");
  EXPECT_EQ(object["apiUrl"], "https://mail.example.net/jmap/api");
}

TEST(Session, UrlTemplatesHaveTheirVariables) {
  const Json object = session();
  const auto has = [&](const char* url, std::initializer_list<const char*> variables) {
    for (const char* variable : variables) {
      EXPECT_NE(object[url].get<std::string>().find(variable), std::string::npos) << url << variable;
    }
  };
  has("downloadUrl", {"{accountId}", "{blobId}", "{name}", "{type}"});
  has("uploadUrl", {"{accountId}"});
  has("eventSourceUrl", {"{types}", "{closeafter}", "{ping}"});
}

TEST(Session, AdvertisesTheLimitsThatAreEnforced) {
  Limits limits;
  limits.max_calls_in_request = 17;
  const Json core = session(kReading, limits)["capabilities"][std::string(kCore)];
  EXPECT_EQ(core["maxCallsInRequest"], 17);
  EXPECT_EQ(core["maxSizeRequest"], limits.max_size_request);
  for (const char* name : {"maxSizeUpload", "maxConcurrentUpload", "maxConcurrentRequests", "maxObjectsInGet",
                           "maxObjectsInSet", "collationAlgorithms"}) {
    EXPECT_TRUE(core.contains(name)) << name;
  }
}

TEST(Session, CapabilitiesOfTheServerAreEmptyAndThoseOfTheAccountSayMore) {
  const Json object = session();
  EXPECT_EQ(object["capabilities"][std::string(kMail)], Json::object());
  EXPECT_EQ(object["capabilities"][std::string(kSmimeVerify)], Json::object());
  const Json& account = object["accounts"]["a7"];
  EXPECT_EQ(account["name"], "alice");
  EXPECT_EQ(account["isPersonal"], true);
  EXPECT_EQ(account["accountCapabilities"][std::string(kSmimeVerify)], Json::object());
  for (const char* name : {"maxMailboxesPerEmail", "maxMailboxDepth", "maxSizeMailboxName",
                           "maxSizeAttachmentsPerEmail", "emailQuerySortOptions", "mayCreateTopLevelMailbox"}) {
    EXPECT_TRUE(account["accountCapabilities"][std::string(kMail)].contains(name)) << name;
  }
  EXPECT_FALSE(account["accountCapabilities"].contains(std::string(kCore)));
  EXPECT_EQ(object["primaryAccounts"],
            (Json{{std::string(kMail), "a7"}, {std::string(kSmimeVerify), "a7"}, {std::string(kSmimeDetails), "a7"}}));
}

TEST(Session, SubmissionSaysHowLongAndWithWhat) {
  auto sending = kReading;
  sending.push_back({"EmailSubmission/get", kSubmission, Access::kRead, nothing});
  Limits limits;
  limits.submission.max_delayed_send = Seconds(60);
  limits.submission.extensions["DSN"] = {};
  const auto of = [&] {
    return session(sending, limits)["accounts"]["a7"]["accountCapabilities"][std::string(kSubmission)];
  };
  EXPECT_EQ(of()["maxDelayedSend"], 60);
  EXPECT_TRUE(of()["submissionExtensions"].contains("DSN"));
  EXPECT_EQ(of()["submissionExtensions"]["FUTURERELEASE"][0], "60");
  limits.submission.max_delayed_send = Seconds(0);
  EXPECT_FALSE(of()["submissionExtensions"].contains("FUTURERELEASE"));
  EXPECT_FALSE(session()["capabilities"].contains(std::string(kSubmission)));
}

TEST(Session, IsReadOnlyUntilSomethingCanBeChanged) {
  auto writing = kReading;
  writing.push_back({"Email/set", kMail, Access::kWrite, nothing});
  EXPECT_EQ(session()["accounts"]["a7"]["isReadOnly"], true);
  EXPECT_EQ(session(writing)["accounts"]["a7"]["isReadOnly"], false);
  const store::Principal reader{{7}, "alice", store::Scope::kReadOnly};
  EXPECT_EQ(session_object(reader, {}, writing, "")["accounts"]["a7"]["isReadOnly"], true);
}

TEST(Session, CapabilitiesAreThoseThatHaveMethods) {
  auto more = kReading;
  more.push_back({"Other/get", "urn:other", Access::kRead, nothing});
  EXPECT_FALSE(session()["capabilities"].contains("urn:other"));
  EXPECT_TRUE(session(more)["capabilities"].contains("urn:other"));
  EXPECT_TRUE(served_capabilities(more).contains("urn:other"));
}

TEST(Session, WhateverItDependsOnIsInItsKey) {
  const auto different = [](const store::Principal& principal, const std::string& base) {
    const auto state = [](const store::Principal& one, const std::string& url) {
      return session_object(one, Limits{}, method_table(), url).at("state");
    };
    EXPECT_NE(state(principal, base), state(kAlice, "https://m")) << base;
    return session_key(principal, base) != session_key(kAlice, "https://m");
  };
  store::Principal name = kAlice, account = kAlice, scope = kAlice, administrator = kAlice, token = kAlice;
  name.name += "x";
  account.account.value += 1;
  scope.scope = scope.scope == store::Scope::kFull ? store::Scope::kReadOnly : store::Scope::kFull;
  administrator.administrator = !administrator.administrator;
  for (const auto& one : {name, account, scope, administrator}) EXPECT_TRUE(different(one, "https://m"));
  EXPECT_TRUE(different(kAlice, "http://m"));
  token.token = {9};  // a session says nothing of it
  EXPECT_EQ(session_key(token, "https://m"), session_key(kAlice, "https://m"));
}

TEST(Session, StateChangesWithTheContentAndOnlyThen) {
  Limits other;
  ++other.max_objects_in_get;
  const Json state = session()["state"];
  EXPECT_EQ(session()["state"], state);
  EXPECT_NE(session(kReading, other)["state"], state);
  EXPECT_NE(session(kReading, {}, "https://other.example")["state"], state);
}

TEST(Language, IsTheBestOfThoseThatThereAre) {
  const std::vector<std::string_view> available = {"en", "de", "fr"};
  const auto of = [&](std::string_view field) { return negotiate_language(field, available); };
  EXPECT_EQ(of(""), "en");
  EXPECT_EQ(of("de"), "de");
  EXPECT_EQ(of("DE-at, en;q=0.9"), "de");
  EXPECT_EQ(of("en;q=0.8, fr;q=0.81"), "fr");
  EXPECT_EQ(of("de;q=0, fr;q=0.1"), "fr");
  EXPECT_EQ(of("it, *"), "en");
  EXPECT_EQ(of("de;q=2, fr;q=x, ;;, ,"), "en");
  const auto of_errors = [](std::string_view field) { return negotiate_language(field, smime::error_languages()); };
  EXPECT_EQ(of_errors("it-CH, de;q=0.3"), "it");
  EXPECT_EQ(of_errors("tlh, es-419;q=0.3"), "es");
}

}  // namespace
}  // namespace waxseal::jmapd
