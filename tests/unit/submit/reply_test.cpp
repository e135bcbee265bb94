#include "submit/reply.h"

#include <gtest/gtest.h>

#include "submit/submit.h"

namespace waxseal::submit {
namespace {

TEST(Reply, LinesBecomeOneWithTheCodesOnce) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"250 fine"}, "250 fine"},
      {{"250"}, "250"},
      {{"550-5.7.1 Our system has detected", "550 5.7.1 spam"}, "550 5.7.1 Our system has detected spam"},
      {{"550-Our system", "550 has"}, "550 Our system has"},
      {{"550-5.7.1 Our", "550 5.7.2 other"}, "550 5.7.1 Our 5.7.2 other"},
      {{"250 a\tb\x7f"}, "250 a b "},
      {{"250 a\xFF"}, "250 a\xEF\xBF\xBD"},
  };
  for (const auto& [lines, text] : cases) EXPECT_EQ(read_reply(lines).text, text);
}

TEST(Reply, KindsByTheFirstDigit) {
  EXPECT_TRUE(read_reply({"250 a"}).positive());
  EXPECT_TRUE(read_reply({"354 a"}).positive());
  EXPECT_FALSE(read_reply({"451 a"}).positive());
  EXPECT_FALSE(read_reply({"451 a"}).permanent());
  EXPECT_TRUE(read_reply({"550 a"}).permanent());
  EXPECT_FALSE(read_reply({}).positive());
}

TEST(Reply, IsBounded) {
  EXPECT_LE(read_reply({"250 " + std::string(100'000, 'a')}).text.size(), 2000u);
}

TEST(Address, IsAMailboxOfRfc5321) {
  for (const char* good : {"a@b", "a.b+c@example.net", "\"a b\"@example.net", "\"a\\\"b\"@example.net", "a@[192.0.2.1]",
                           "a@[IPv6:2001:db8::1]", "b\xC3\xB6@example.net"})
    EXPECT_TRUE(valid_address(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a b@c", ".a@b", "a.@b", "a..b@c", "a@b..c", "a@-b", "a@b-", "a@[]",
                          "\"a@b", "\"a\"b\"@c", "a@b>", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "@x:a@b", "a\xFF@b"})
    EXPECT_FALSE(valid_address(bad)) << bad;
  EXPECT_TRUE(valid_address(std::string(64, 'a') + "@b"));
  EXPECT_FALSE(valid_address(std::string(65, 'a') + "@b"));
}

TEST(Parameter, IsAKeywordAndAValueOfOneWord) {
  EXPECT_TRUE(valid_parameter("NOTIFY", "SUCCESS,FAILURE"));
  EXPECT_TRUE(valid_parameter("SMTPUTF8", std::nullopt));
  EXPECT_TRUE(valid_parameter("ENVID", "a b"));  // sent as xtext
  EXPECT_FALSE(valid_parameter("RET", "a b"));
  EXPECT_FALSE(valid_parameter("RET", "a\r\nDATA"));
  EXPECT_FALSE(valid_parameter("ENVID", "a\r\nDATA"));
  EXPECT_FALSE(valid_parameter("RET", ""));
  EXPECT_FALSE(valid_parameter("R T", std::nullopt));
  EXPECT_FALSE(valid_parameter("", std::nullopt));
}

}  // namespace
}  // namespace waxseal::submit
