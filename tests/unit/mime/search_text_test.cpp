#include "mime/search_text.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace waxseal::mime {
namespace {

using namespace std::string_literals;

std::string folded_octet_by_octet(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text) {
    if (out.size() >= limit) break;
    const bool white = std::string_view(" \t\r\n\f\v\0", 7).find(c) != std::string_view::npos;
    if (!white)
      out += ascii_upper(c);
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

TEST(SearchFold, EachRunOfWhiteSpaceIsOneSpaceAndNoneStandsInFront) {
  EXPECT_EQ(search_fold(" \t\r\n a\0\0b\f\v\r\n\r\nc \n"s), "A B C ");
  EXPECT_EQ(search_fold(""), "");
  EXPECT_EQ(search_fold(" \n"), "");
}

TEST(SearchFold, WhatIsCutIsTheBeginning) {
  for (std::size_t seed = 0; seed < 50; ++seed) {
    std::string text;
    for (std::size_t i = 0; i < 40; ++i) text += " a\nZ\0\t9{"[(i * i + seed * i) % 8];
    for (std::size_t limit = 0; limit < 45; ++limit)
      EXPECT_EQ(search_fold(text, limit), folded_octet_by_octet(text, limit)) << hex(text) << ' ' << limit;
  }
}

TEST(SearchFold, CaseAndFormOfACharacterDoNotMatter) {
  EXPECT_EQ(search_fold("stra\xC3\x9F"
                        "e \xC3\xA9t\xC3\xA9"),
            search_fold("STRA\xC3\x9F"
                        "E e\xCC\x81t\xC3\x89"));
  EXPECT_NE(search_fold("ete"), search_fold("\xC3\xA9t\xC3\xA9"));
}

TEST(ReadableText, IsWhatAReaderSeesOnOneLine) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n one\r\n\r\n  two\rthree\r\n"
      "--b\r\nContent-Type: text/html\r\n\r\n<p>four</p> five\r\n--b--\r\n";
  EXPECT_EQ(readable_text(message, parse_message(message)), "one two three four five");
  EXPECT_EQ(readable_text(message, parse_message(message), 5), "one t");
}

TEST(BodyText, OnlyTheCarriageReturnsOfLineEndsGo) {
  for (const auto& [body, expected] : {std::pair{"a\r\nb\r\n", "a\nb\n"},
                                       {"a\rb\nc\r", "a\rb\nc\r"},
                                       {"\r\r\n\n", "\r\n\n"},
                                       {"", ""},
                                       {"\r\n\r\n", "\n\n"}}) {
    const std::string message = std::string("Subject: x\r\n\r\n") + body;
    EXPECT_EQ(body_text(message, parse_message(message).parts[0]).value, expected) << hex(body);
  }
}

}  // namespace
}  // namespace waxseal::mime
