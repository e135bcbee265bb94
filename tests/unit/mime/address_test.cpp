#include "mime/address.h"

#include <gtest/gtest.h>

namespace waxseal::mime {
namespace {

std::string dump(const From& from) {
  switch (from.fault) {
    case FromFault::kMissing:
      return "missing";
    case FromFault::kMultipleFields:
      return "multiple fields";
    case FromFault::kUnparsable:
      return "unparsable";
    case FromFault::kGroup:
      return "group";
    case FromFault::kNone:
      break;
  }
  std::string out;
  for (const Mailbox& m : from.mailboxes) out += "[" + m.display + "|" + m.local + "|" + m.domain + "]";
  return out;
}

struct Case {
  std::string_view value;
  std::string_view expected;
};

TEST(From, StrictReadingOfTheValue) {
  const Case cases[] = {
      {"a@b.c", "[|a|b.c]"},
      {" a@b.c ", "[|a|b.c]"},
      {"<a@b.c>", "[|a|b.c]"},
      {"Joe <a@b.c>", "[Joe|a|b.c]"},
      {"John Q. Public <a@b.c>", "[John Q. Public|a|b.c]"},
      {"\"Doe, John\" <a@b.c>", "[Doe, John|a|b.c]"},
      {"\"D\\\"oe\" <a@b.c>", "[D\"oe|a|b.c]"},
      {"=?UTF-8?Q?J=C3=B6rg?= =?utf-8?b?IE0=?= <a@b.c>", "[J\xC3\xB6rg M|a|b.c]"},
      {"J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC.de>", "[J\xC3\xB6rg|j\xC3\xB6rg|b\xC3\xBC.de]"},
      {"a@b.c, d@e.f", "[|a|b.c][|d|e.f]"},
      {"a@b.c,\r\n d@e.f", "[|a|b.c][|d|e.f]"},
      {"x@y.z (c@d.e)", "[|x|y.z]"},  // IDN-07
      {"(c@d.e) x@y.z", "[|x|y.z]"},
      {"\"victim\"@x", "[|victim|x]"},  // ATK-74
      {"\"vic\\tim\"@x", "[|victim|x]"},
      {"a@[192.0.2.1]", "[|a|[192.0.2.1]]"},
      {"=?utf-8?q?a?=@b.c", "[|=?utf-8?q?a?=|b.c]"},  // ATK-75: literal
      {"\"manager@x\" <eve@x>", "[manager@x|eve|x]"},
      {"(1(2(3(4(5(6(7(8)))))))) a@b", "[|a|b]"},
      {"(1(2(3(4(5(6(7(8(9))))))))) a@b", "unparsable"},
      {"", "unparsable"},
      {"  ", "unparsable"},
      {"The Manager", "unparsable"},
      {"manager@x <eve@x>", "unparsable"},
      {"a b.c", "unparsable"},
      {"a@", "unparsable"},
      {"@b", "unparsable"},
      {"<>", "unparsable"},
      {"<@a,@b:u@d>", "unparsable"},  // ATK-76
      {"a @b", "unparsable"},
      {"a@ b", "unparsable"},
      {"a(c)@b", "unparsable"},
      {"a . b@c", "unparsable"},
      {"< a@b>", "unparsable"},
      {"a.@b", "unparsable"},
      {"a..b@c", "unparsable"},
      {"a@b.", "unparsable"},
      {"a@b@c", "unparsable"},
      {",a@b", "unparsable"},
      {"a@b,", "unparsable"},
      {"a@b,,c@d", "unparsable"},
      {"\"a@b", "unparsable"},
      {"a@b (c", "unparsable"},
      {"a@b)", "unparsable"},
      {"<a@b", "unparsable"},
      {"a@b>", "unparsable"},
      {"<a@b> c", "unparsable"},
      {"<a@b> <c@d>", "unparsable"},
      {"<<a@b>>", "unparsable"},
      {"a@b; c@d", "unparsable"},
      {"a\x01@b", "unparsable"},
      {"a@b\r", "unparsable"},
      {"a@b\nc", "unparsable"},
      {"\xE9 <a@b>", "unparsable"},
      {"\"\"@b", "unparsable"},
      {"Friends: a@b;", "group"},
      {"undisclosed-recipients:;", "group"},
      {"\"x\" : a@b, c@d;", "group"},
  };
  for (const Case& c : cases) EXPECT_EQ(dump(parse_from_value(c.value)), c.expected) << c.value;
  EXPECT_EQ(dump(parse_from_value(Octets("a@b\0", 4))), "unparsable");
  EXPECT_EQ(dump(parse_from_value(Octets("a@b\0.c", 6))), "unparsable");
}

TEST(From, ExactlyOneFieldDecides) {
  EXPECT_EQ(dump(read_from(read_header("From: a@b\n\n"))), "[|a|b]");
  EXPECT_EQ(dump(read_from(read_header("fROM: a@b\n\n"))), "[|a|b]");
  EXPECT_EQ(dump(read_from(read_header("From: a@b\nFrom: a@b\n\n"))), "multiple fields");
  EXPECT_EQ(dump(read_from(read_header("Resent-From: a@b\n\n"))), "missing");
  EXPECT_EQ(dump(read_from(read_header("Sender: a@b\n\nFrom: a@b\n"))), "missing");
}

TEST(From, AFieldOfHostileSizeIsReadInLinearTime) {
  for (const std::string_view piece : {"(", "\"", "a ", "a@b,", "=?", "\\", "<", "(a)"}) {
    std::string value;
    while (value.size() < 4'000'000) value += piece;
    EXPECT_EQ(dump(parse_from_value(value)), "unparsable") << piece;
  }
}

TEST(Mailbox, AddressQuotesWhatIsNoDotAtom) {
  EXPECT_EQ((Mailbox{"a.b", "c", ""}).address(), "a.b@c");
  EXPECT_EQ((Mailbox{"a b", "c", ""}).address(), "\"a b\"@c");
  EXPECT_EQ((Mailbox{"a\"\\", "c", ""}).address(), "\"a\\\"\\\\\"@c");
}

}  // namespace
}  // namespace waxseal::mime
