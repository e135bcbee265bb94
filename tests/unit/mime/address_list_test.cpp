#include <gtest/gtest.h>

#include "mime/address.h"

namespace waxseal::mime {
namespace {

// Outside a group: (name|email); in a group: name{(name|email)}
std::string dump(std::string_view value) {
  std::string out;
  for (const AddressGroup& group : read_address_list(value)) {
    if (group.name) out += *group.name + "{";
    for (const auto& entry : group.addresses) out += "(" + entry.name.value_or("") + "|" + entry.email + ")";
    if (group.name) out += "}";
  }
  return out;
}

struct Case {
  std::string_view value;
  std::string_view expected;
};

TEST(AddressList, TheExampleOfRfc8621) {
  EXPECT_EQ(
      dump("\"  James Smythe\" <james@example.com>, Friends:\r\n  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n"
           " <john@example.com>;"),
      "(James Smythe|james@example.com)Friends{(|jane@example.com)(John Sm\xC3\xAEth|john@example.com)}");
}

TEST(AddressList, BestEffort) {
  const Case cases[] = {
      {"", ""},
      {" , ,", ""},
      {"a@b", "(|a@b)"},
      {"a@b (Joe)", "(Joe|a@b)"},
      {"(x) a@b", "(|a@b)"},
      {"(x) a @ b", "(|a@b)"},
      {"Joe <a@b> (c)", "(Joe|a@b)"},
      {"<a@b> (c)", "(c|a@b)"},
      {"undisclosed-recipients:;", "undisclosed-recipients{}"},
      {"A:a@b,c@d;, e@f", "A{(|a@b)(|c@d)}(|e@f)"},
      {"A:a@b;B:c@d;", "A{(|a@b)}B{(|c@d)}"},
      {"A: a@b", "A{(|a@b)}"},
      {"a@b; c@d", "(|a@b)(|c@d)"},
      {"manager@x <eve@x>", "(manager@x|eve@x)"},
      {"Joe Bloggs", "(|Joe Bloggs)"},
      {"a @ b . c", "(|a@b.c)"},
      {"<@r1,@r2:a@b>", "(|a@b)"},
      {"Joe <a@b", "(Joe|a@b)"},
      {"Joe <a@b, c@d", "(Joe|a@b)(|c@d)"},
      {"\"Joe <a@b>", "(|\"Joe <a@b>)"},
      {"<a@b> <c@d>", "(|a@b)(|c@d)"},
      {"Doe, Joe <a@b>", "(|Doe)(Joe|a@b)"},
      {"\"a b\"@c", "(|\"a b\"@c)"},
      {"a@[IPv6:2001:db8::1], b@c", "(|a@[IPv6:2001:db8::1])(|b@c)"},
      {": :", ""},
      {":", ""},
      {"a:", "a{}"},
      {";:", ""},
      {"a@b@c", "(|a@b@c)"},
      {"J\xF6rg <a@b>", "(J\xC3\xB6rg|a@b)"},
      {"Joe\r\n\r\n <a@b>", "(Joe|a@b)"},
      {"\"=?utf-8?q?x?=\" <a@b>", "(=?utf-8?q?x?=|a@b)"},  // RFC 2047 section 5: not within a quoted-string
      {"=?utf-8?q?a,_b?= <a@b>", "(a, b|a@b)"},
  };
  for (const Case& c : cases) EXPECT_EQ(dump(c.value), c.expected) << c.value;
}

TEST(AddressList, WhatTheStrictReadingAcceptsIsShownTheSame) {  // PAR-2
  for (const std::string_view value :
       {"a@b", "Joe <a@b>", "\"x, y\" <a@b>, c@d", "x@y.z (c@d.e)", "\"vic\\tim\"@x", "a@[192.0.2.1]", "(c) <a@b>"}) {
    const From from = parse_from_value(value);
    const auto groups = read_address_list(value);
    ASSERT_EQ(from.fault, FromFault::kNone) << value;
    ASSERT_EQ(groups.size(), 1u);
    ASSERT_EQ(groups[0].addresses.size(), from.mailboxes.size());
    for (std::size_t i = 0; i < from.mailboxes.size(); ++i)
      EXPECT_EQ(groups[0].addresses[i].email, from.mailboxes[i].address()) << value;
  }
}

TEST(AddressList, HostileSizesAreLinearAndBounded) {
  for (const std::string_view piece :
       {"a@b,", "<", ">", ":", ";", "a:", "\"", "(", "[", "=?", "<@", "a ", "<a@b>", "\"\""}) {
    std::string value;
    while (value.size() < 2'000'000) value += piece;
    std::size_t count = 0;
    for (const AddressGroup& group : read_address_list(value)) count += group.addresses.size();
    EXPECT_LE(count, 10'001u) << piece;
  }
}

}  // namespace
}  // namespace waxseal::mime
