#include "delivery/envelope.h"

#include <gtest/gtest.h>

namespace waxseal::delivery {
namespace {

std::string parsed(std::string_view text, PathKind kind) {
  const auto path = parse_path(text, kind);
  if (!path) return "refused";
  return path->address.local + '|' + path->address.domain + '|' + path->address.text() + '|' + std::string(path->rest);
}

struct Case {
  std::string text;
  std::string forward;  // local|domain|text|rest
};

const std::string kLong = std::string(200, 'a');

TEST(Path, IsReadByTheGrammarOfRfc5321) {
  const Case cases[] = {
      {"<a@example.org>", "a|example.org|a@example.org|"},
      {"<a@example.org> SIZE=1", "a|example.org|a@example.org| SIZE=1"},
      {"<A.b+c@Example.ORG>", "A.b+c|Example.ORG|A.b+c@Example.ORG|"},
      {"<\"a b\"@x.y>", "a b|x.y|\"a b\"@x.y|"},
      {"<\"ab\"@x.y>", "ab|x.y|ab@x.y|"},
      {"<\"a\\\"b\"@x.y>", "a\"b|x.y|\"a\\\"b\"@x.y|"},
      {"<\"a@b>\"@x.y>", "a@b>|x.y|\"a@b>\"@x.y|"},
      {"<\".a\"@x.y>", ".a|x.y|\".a\"@x.y|"},
      {"<@r.one,@r.two:a@x.y>", "a|x.y|a@x.y|"},
      {"<a@[192.0.2.1]>", "a|[192.0.2.1]|a@[192.0.2.1]|"},
      {"<a@[IPv6:2001:db8::1]>", "a|[IPv6:2001:db8::1]|a@[IPv6:2001:db8::1]|"},
      {"<a@under_score.example>", "a|under_score.example|a@under_score.example|"},
      {"<\xC3\xA4@\xC3\xB6.example>", "\xC3\xA4|\xC3\xB6.example|\xC3\xA4@\xC3\xB6.example|"},
      {"<" + kLong + "@x.y>", kLong + "|x.y|" + kLong + "@x.y|"},
      {"", "refused"},
      {"a@x.y", "refused"},
      {"<a@x.y", "refused"},
      {"<a>", "refused"},
      {"<a@>", "refused"},
      {"<@x.y>", "refused"},
      {"<a@@x.y>", "refused"},
      {"<a@b@x.y>", "refused"},
      {"<a b@x.y>", "refused"},
      {"< a@x.y>", "refused"},
      {"<a@x.y >", "refused"},
      {"<.a@x.y>", "refused"},
      {"<a.@x.y>", "refused"},
      {"<a..b@x.y>", "refused"},
      {"<\"\"@x.y>", "refused"},
      {"<\"\">", "refused"},
      {"<\"a@x.y>", "refused"},
      {"<\"a\\", "refused"},
      {"<\"a\"b@x.y>", "refused"},
      {"<a@x..y>", "refused"},
      {"<a@.x>", "refused"},
      {"<a@x.>", "refused"},
      {"<a@-x.y>", "refused"},
      {"<a@x;y>", "refused"},
      {"<a@[192.0.2.1>", "refused"},
      {"<a@[]>", "refused"},
      {"<a@[x]y>", "refused"},
      {"<@r.one:>", "refused"},
      {"<@r.one>", "refused"},
      {"<a@x.y\xC3>", "refused"},
      {"<\xFF@x.y>", "refused"},
      {"<a@" + std::string(64, 'x') + ".y>", "refused"},
      {"<" + std::string(320, 'a') + "@x.y>", "refused"},
      {std::string("<a\0@x.y>", 8), "refused"},
      {"<\"a\x01\"@x.y>", "refused"},
      {"<\"a\r\nb\"@x.y>", "refused"},
  };
  for (const Case& c : cases) EXPECT_EQ(parsed(c.text, PathKind::kForward), c.forward) << c.text;
}

TEST(Path, OnlyTheSenderMayBeNull) {
  EXPECT_EQ(parsed("<>", PathKind::kReverse), "|||");
  EXPECT_EQ(parsed("<> BODY=7BIT", PathKind::kReverse), "||| BODY=7BIT");
  EXPECT_EQ(parsed("<>", PathKind::kForward), "refused");
}

TEST(Path, OnlyARecipientMayBePostmasterWithoutADomain) {
  EXPECT_EQ(parsed("<PostMaster>", PathKind::kForward), "PostMaster||PostMaster|");
  EXPECT_EQ(parsed("<Postmaster>", PathKind::kReverse), "refused");
}

TEST(Path, AddressesOfRfc6531AreKnownAsSuch) {
  EXPECT_TRUE(parse_path("<a@x.y>", PathKind::kForward)->address.ascii());
  EXPECT_FALSE(parse_path("<a@\xC3\xB6.y>", PathKind::kForward)->address.ascii());
}

}  // namespace
}  // namespace waxseal::delivery
