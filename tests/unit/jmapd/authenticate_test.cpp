#include "jmapd/authenticate.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

using namespace std::chrono_literals;

class Authentication : public testing::Test {
 protected:
  // 0: let in as the right principal.
  int status(const std::string& field, const std::string& source = "192.0.2.1") {
    http::Request request;
    request.source = source;
    if (!field.empty()) request.fields.push_back({"authorization", field});
    const auto answer = authenticator_.authenticate(request, now_);
    if (answer) return answer->account == AccountId{7} ? 0 : -1;
    last_ = answer.error();
    return last_.status;
  }
  static std::string basic(const std::string& plain) { return "Basic " + base64(plain); }
  std::vector<std::string> fields(const std::string& name) const {
    std::vector<std::string> values;
    for (const auto& field : last_.fields) {
      if (field.name == name) values.push_back(field.value);
    }
    return values;
  }

  FailureLimiter::Time now_ = FailureLimiter::Time(1h);
  int checks_ = 0;
  http::Response last_;
  Authenticator authenticator_{{
      [this](std::string_view name, std::string_view password) {
        ++checks_;
        const bool right = name == "alice" && password == "se:cret";
        return right ? std::optional(store::Principal{{7}, "alice"}) : std::nullopt;
      },
      [this](std::string_view token) {
        ++checks_;
        return token == "wax_7_1_abc" ? std::optional(store::Principal{{7}, "alice"}) : std::nullopt;
      },
  }};
};

TEST_F(Authentication, TakesBasicAndBearerInAnySpellingOfTheScheme) {
  EXPECT_EQ(status(basic("alice:se:cret")), 0);  // the password may hold a colon
  EXPECT_EQ(status("bASIC " + base64("alice:se:cret")), 0);
  EXPECT_EQ(status("Bearer wax_7_1_abc"), 0);
  EXPECT_EQ(status("bearer  wax_7_1_abc"), 0);
}

TEST_F(Authentication, RightCredentialsAreAskedForAgainAfterASecond) {
  for (const std::string& field : {basic("alice:se:cret"), std::string("Bearer wax_7_1_abc")}) {
    checks_ = 0;
    EXPECT_EQ(status(field), 0);
    now_ += 999ms;
    EXPECT_EQ(status(field), 0);
    EXPECT_EQ(checks_, 1);
    now_ += 1ms;
    EXPECT_EQ(status(field), 0);
    EXPECT_EQ(checks_, 2);
  }
}

TEST_F(Authentication, WrongCredentialsAreAskedForEachTime) {
  EXPECT_EQ(status("Bearer wax_7_1_abd"), 401);
  EXPECT_EQ(status("Bearer wax_7_1_abd"), 401);
  EXPECT_EQ(checks_, 2);
}

TEST_F(Authentication, AnythingElseIs401WithBothChallenges) {
  for (const std::string& field : {
           std::string(),
           std::string("Basic"),
           std::string("Basic !!!"),
           std::string("Digest x"),
           basic("alice"),
           basic("alice:secret"),
           basic("bob:se:cret"),
           std::string("Bearer wax_7_1_abd"),
           std::string("Bearer"),
           basic(std::string("alice\0:se:cret", 14)),
           basic("alice\xFF:se:cret"),
       }) {
    EXPECT_EQ(status(field), 401) << field;
    const auto challenges = fields("WWW-Authenticate");
    ASSERT_EQ(challenges.size(), 2u);
    EXPECT_TRUE(challenges[0].starts_with("Basic realm=\"waxseal\""));
    EXPECT_TRUE(challenges[1].starts_with("Bearer realm=\"waxseal\""));
  }
}

TEST_F(Authentication, OnlyAWrongTokenIsAnInvalidToken) {
  EXPECT_EQ(status("Bearer nonsense"), 401);
  EXPECT_NE(fields("WWW-Authenticate")[1].find("error=\"invalid_token\""), std::string::npos);
  EXPECT_EQ(status(""), 401);  // RFC 6750 section 3.1: no error code without credentials
  EXPECT_EQ(fields("WWW-Authenticate")[1].find("error"), std::string::npos);
}

TEST_F(Authentication, TextThatTheStoreWouldCutIsNeverChecked) {
  status(basic(std::string("alice\0:se:cret", 14)));
  EXPECT_EQ(checks_, 0);
}

TEST_F(Authentication, TheEleventhAttemptOfAMinuteIs429WithoutACheckEvenIfItIsRight) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(status(basic("alice:wrong")), 401) << i;
  EXPECT_EQ(checks_, 10);
  EXPECT_EQ(status(basic("alice:se:cret")), 429);
  EXPECT_EQ(checks_, 10);
  EXPECT_EQ(fields("Retry-After"), std::vector<std::string>{"60"});
  now_ += 59s;
  EXPECT_EQ(status(basic("alice:se:cret")), 429);
  now_ += 1s;
  EXPECT_EQ(status(basic("alice:se:cret")), 0);
}

TEST_F(Authentication, AnotherUserAndAnotherSourceAreNotBlocked) {
  for (int i = 0; i < 11; ++i) status(basic("bob:wrong"));
  EXPECT_EQ(status(basic("bob:wrong")), 429);
  EXPECT_EQ(status(basic("alice:se:cret")), 0);
  EXPECT_EQ(status(basic("bob:wrong"), "192.0.2.2"), 401);
}

TEST_F(Authentication, SpellingsOfOneNameCountTogether) {
  for (int i = 0; i < 10; ++i) status(basic(i % 2 ? "BOB:wrong" : " bob:wrong"));
  EXPECT_EQ(status(basic("Bob:wrong")), 429);
}

TEST_F(Authentication, ASuccessForgetsTheFailuresOfThatUser) {
  for (int i = 0; i < 9; ++i) status(basic("alice:wrong"));
  EXPECT_EQ(status(basic("alice:se:cret")), 0);
  EXPECT_EQ(status(basic("alice:wrong")), 401);
  EXPECT_EQ(status(basic("alice:se:cret")), 0);
}

TEST_F(Authentication, AHundredFailuresOfAnySortBlockASourceButNotALocalOne) {
  for (const char* source : {"192.0.2.1", "127.0.0.1", "unix"}) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(status("Bearer " + std::to_string(i), source), 401);
    const bool is_local = source != std::string("192.0.2.1");
    EXPECT_EQ(status("Bearer wax_7_1_abc", source), is_local ? 0 : 429) << source;
  }
}

}  // namespace
}  // namespace waxseal::jmapd
