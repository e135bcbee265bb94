#include <gmock/gmock.h>

#include "unit/authres/results.h"

namespace waxseal::authres {
namespace {

struct Claim {
  std::string value;
  bool ours;
};

TEST(Claims, AuthservIdIsComparedAsTheGrammarHasIt) {
  const Claim claims[] = {
      {" mx.example.net; smime=pass", true},
      {"mx.example.net;smime=pass", true},
      {" MX.Example.NET; smime=pass", true},
      {" mx.example.net 1; smime=pass", true},
      {" mx.example.net", true},
      {" mx.example.net; none", true},
      {" (a (nested) \\) comment)\r\n\tmx.example.net (c) 1 (c); smime=pass", true},
      {" \"mx.example.net\"; smime=pass", true},
      {" \"mx.ex\\ample.net\"; smime=pass", true},
      {" mx.example.net.; smime=pass", true},
      {" other.example.org; smime=pass", false},
      {" other.example.org; smime=pass reason=\"mx.example.net\"", false},
      {" other.example.org (mx.example.net); smime=pass", false},
      {" notmx.example.net; smime=pass", false},
      {" mx.example.net.evil.example; smime=pass", false},
      {"", false},
  };
  for (const Claim& c : claims) EXPECT_EQ(claims_to_be_ours(c.value, options()), c.ours) << c.value;
}

// What does not scan is removed when our id occurs anywhere in it: another reader may understand it (AR-11).
TEST(Claims, InDoubtAFieldIsRemoved) {  // ATK-96
  const Claim claims[] = {
      {" mx.example.net smime=pass", true},
      {" mx.example.net/1; smime=pass", true},
      {" (mx.example.net; smime=pass", true},
      {" \"mx.example.net; smime=pass", true},
      {" mx(c).example.net; smime=pass", true},
      {" mx.\r\n example.net; smime=pass", true},
      {" <mx.example.net>; smime=pass", true},
      {"; mx.example.net; smime=pass", true},
      {std::string(" mx.exa\0mple.net; smime=pass", 28), true},
      {" " + std::string(100, '(') + "mx.example.net; smime=pass", true},
      {" \"other.example.org; smime=pass", false},
  };
  for (const Claim& c : claims) EXPECT_EQ(claims_to_be_ours(c.value, options()), c.ours) << c.value;
}

TEST(Claims, FurtherIdsAreOursToo) {
  Options with = options();
  with.own_ids = {"old.example.net"};
  EXPECT_TRUE(claims_to_be_ours(" old.example.net; smime=pass", with));
  EXPECT_FALSE(claims_to_be_ours(" old.example.net; smime=pass", options()));
}

TEST(Claims, WithoutAnIdOfOursNothingIsClaimed) {
  EXPECT_FALSE(claims_to_be_ours(" ; (broken", Options{}));
}

TEST(Claims, SmimeOnlyKeepsWhatOtherFiltersOfThisHostFound) {
  const Claim claims[] = {
      {" mx.example.net; smime=pass", true},
      {" mx.example.net; dkim=pass header.d=example.org; SMIME = pass", true},
      {" mx.example.net; dkim=pass (smime); smime/1=pass", true},
      {" mx.example.net; dkim=pass reason=\"x; y\" header.i=@smime.example", false},
      {" mx.example.net; dkim=pass", false},
      {" mx.example.net; none", false},
      {" mx.example.net; dkim=pass \"smime", true},  // does not scan
      {" mx.example.net; dkim=pass \"", false},
  };
  Options smime_only = options();
  smime_only.remove_smime_only = true;
  for (const Claim& c : claims) EXPECT_EQ(claims_to_be_ours(c.value, smime_only), c.ours) << c.value;
}

std::string without_forged(const std::string& message) {
  std::string out;
  std::size_t kept_to = 0;
  for (const Range& range : forged_fields(message, options())) {
    out += message.substr(kept_to, range.begin - kept_to);
    kept_to = range.end;
  }
  return out + message.substr(kept_to);
}

TEST(ForgedFields, AreFoundWithTheirFoldsAndNothingElseIs) {
  EXPECT_EQ(without_forged("Authentication-Results: mx.example.net;\r\n\tsmime=pass\r\n body.smime-part=2\r\n"
                           "AUTHENTICATION-results : mx.example.net; smime=pass\r\n"
                           "Authentication-Results: other.example.org; spf=pass\r\n"
                           "X-Authentication-Results: mx.example.net; smime=pass\r\n"
                           "Subject: Authentication-Results: mx.example.net\r\n"
                           "\r\n"
                           "Authentication-Results: mx.example.net; smime=pass\r\n"),
            "Authentication-Results: other.example.org; spf=pass\r\n"
            "X-Authentication-Results: mx.example.net; smime=pass\r\n"
            "Subject: Authentication-Results: mx.example.net\r\n"
            "\r\n"
            "Authentication-Results: mx.example.net; smime=pass\r\n");
}

TEST(ForgedFields, AreFoundBehindALineThatIsNoField) {
  EXPECT_EQ(without_forged("Subject: x\r\nnonsense\r\nAuthentication-Results: mx.example.net; smime=pass\r\n\r\nbody"),
            "Subject: x\r\nnonsense\r\n\r\nbody");
}

TEST(ForgedFields, AreFoundInAMessageThatEndsInItsHeader) {
  EXPECT_EQ(without_forged("Authentication-Results: mx.example.net; smime=pass"), "");
  EXPECT_EQ(without_forged(""), "");
}

TEST(ForgedFields, LfAloneEndsLinesToo) {
  EXPECT_EQ(without_forged("Authentication-Results: mx.example.net;\n smime=pass\nSubject: x\n\nbody"),
            "Subject: x\n\nbody");
}

TEST(IsForged, AnyStatusFieldIsWhoeverItNames) {
  const Options options{.authserv_id = "mx.example.net", .own_ids = {}};
  EXPECT_TRUE(is_forged("x-smime-status", " Good signature", options));
  EXPECT_FALSE(is_forged("X-SMIME-Status2", " Good signature", options));
  EXPECT_TRUE(is_forged("AUTHENTICATION-results", " mx.example.net; smime=pass", options));
  EXPECT_FALSE(is_forged("Authentication-Results", " mx.example.org; smime=pass", options));
  const std::string mail = "X-SMIME-Status: Good\r\n signature\r\nSubject: x\r\n\r\nX-SMIME-Status: body\r\n";
  const auto forged = forged_fields(mail, options);
  ASSERT_EQ(forged.size(), 1u);
  EXPECT_EQ(forged[0].of(mail), "X-SMIME-Status: Good\r\n signature\r\n");
}

}  // namespace
}  // namespace waxseal::authres
