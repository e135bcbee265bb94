#include "jmapd/body_values.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

std::string cut(std::string text, std::size_t max_octets, TextKind kind = TextKind::kPlain) {
  truncate_text(text, max_octets, kind);
  return text;
}

TEST(TruncateText, ShortEnoughTextIsLeftAlone) {
  std::string text = "abc";
  EXPECT_FALSE(truncate_text(text, 3, TextKind::kPlain));
  EXPECT_EQ(text, "abc");
  EXPECT_TRUE(truncate_text(text, 2, TextKind::kPlain));
  EXPECT_EQ(text, "ab");
}

TEST(TruncateText, NeverDividesAUtf8Sequence) {
  const std::string text =
      "a\xC3\xA9"
      "b\xE2\x82\xAC"
      "c\xF0\x9F\x93\xA7"
      "d";
  for (std::size_t limit = 1; limit <= text.size(); ++limit) {
    const std::string part = cut(text, limit);
    EXPECT_TRUE(valid_utf8(part)) << limit;
    EXPECT_LE(part.size(), limit);
    EXPECT_GE(part.size() + 3, limit) << "cut more than one sequence";
    EXPECT_TRUE(text.starts_with(part));
  }
}

TEST(TruncateText, NeverDividesAnHtmlTag) {
  const std::string html = "<p>Hello <a href=\"https://example.com/?a>b\">you</a> &amp; 1<2</p>";
  struct Case {
    std::size_t limit;
    const char* expected;
  };
  for (const auto& one : std::vector<Case>{
           {1, ""},
           {2, ""},
           {3, "<p>"},
           {9, "<p>Hello "},
           {10, "<p>Hello "},
           {40, "<p>Hello "},
           {42, "<p>Hello "},
           {43, "<p>Hello "},
           {44, "<p>Hello <a href=\"https://example.com/?a>b\">"},
           {47, "<p>Hello <a href=\"https://example.com/?a>b\">you"},
           {48, "<p>Hello <a href=\"https://example.com/?a>b\">you"},
           {61, "<p>Hello <a href=\"https://example.com/?a>b\">you</a> &amp; 1<2"},
           {62, "<p>Hello <a href=\"https://example.com/?a>b\">you</a> &amp; 1<2"},
       }) {
    EXPECT_EQ(cut(html, one.limit, TextKind::kHtml), one.expected) << one.limit;
  }
}

TEST(TruncateText, PlainTextMayBeCutBehindAnAngleBracket) {
  EXPECT_EQ(cut("1 <abc", 4), "1 <a");
  EXPECT_EQ(cut("1 <abc>", 4, TextKind::kHtml), "1 ");
}

TEST(TruncateText, CommentEndsAtItsOwnDelimiter) {
  const std::string html = "a<!-- it's > -->b<i>c";
  EXPECT_EQ(cut(html, 12, TextKind::kHtml), "a");
  EXPECT_EQ(cut(html, 17, TextKind::kHtml), "a<!-- it's > -->b");
  EXPECT_EQ(cut(html, 18, TextKind::kHtml), "a<!-- it's > -->b");
}

TEST(TruncateText, AnUnclosedQuoteIsCutBeforeItsTag) {
  EXPECT_EQ(cut("ab<i title=\"x>cdefgh", 16, TextKind::kHtml), "ab");
}

TEST(TruncateText, ManyOpenTagsAreLinear) {
  std::string html;
  for (int i = 0; i < 300'000; ++i) html += "<a>< ";
  EXPECT_EQ(cut(html, html.size() - 1, TextKind::kHtml).size(), html.size() - 1);
}

}  // namespace
}  // namespace waxseal::jmapd
