#include "mime/text.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace waxseal::mime {
namespace {

struct Case {
  std::string_view input;
  std::string_view expected;
};

TEST(DecodeText, EncodedWordsWhereRfc2047AllowsThem) {
  const Case cases[] = {
      {" plain ", "plain"},
      {" a\r\n b", "a b"},
      {"=?utf-8?Q?a=C3=A4?=", "a\xC3\xA4"},
      {"=?UTF-8?b?w6Q=?=", "\xC3\xA4"},
      {"=?iso-8859-1?q?=e4_b?=", "\xC3\xA4 b"},
      {"=?iso-8859-1?q?\xE4_b?= c\xE4", "\xC3\xA4 b c\xC3\xA4"},     // raw octets: of the word's charset; else a guess
      {"=?utf-8?q?\xC3\xA4?= c\xC3\xA4", "\xC3\xA4 c\xC3\xA4"},
      {"=?iso-8859-1*de?q?=e4?=", "\xC3\xA4"},
      {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
      {"=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"},
      {"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
      {"=?utf-8?q?a_?= =?utf-8?q?b?=", "a b"},
      {"=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "\xC3\xA4"},  // a character over two words
      {"=?utf-8?b?w6?= =?utf-8?b?Q=?=", "\xEF\xBF\xBD"},
      {"=?gb2312?b?xOO6ww==?=", "\xE4\xBD\xA0\xE5\xA5\xBD"},
      {"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "\xE6\x97\xA5\xE6\x9C\xAC"},
      {"=?utf-8?q?a=0D=0Ab=00c=09d?=", "abcd"},
      {"a=?utf-8?q?b?=", "a=?utf-8?q?b?="},  // RFC 8621 section 4.1.2.2: placement rules
      {"=?utf-8?q?b?=c", "=?utf-8?q?b?=c"},
      {"=?utf-8?q?a b?=", "=?utf-8?q?a b?="},
      {"=?no-such-charset?q?b?=", "=?no-such-charset?q?b?="},
      {"=?utf-8?x?b?=", "=?utf-8?x?b?="},
      {"=?utf-8?q?b", "=?utf-8?q?b"},
      {"=?", "=?"},
      {"=?utf-8?q?"
       "?=",
       ""},
      {"raw \xC3\xA4", "raw \xC3\xA4"},
      {"raw \xE4", "raw \xC3\xA4"},
      {"a\x01\x7F"
       "b",
       "ab"},
      {"a\rb\nc", "abc"},
  };
  for (const Case& c : cases) EXPECT_EQ(decode_text(c.input), c.expected) << c.input;
}

TEST(DecodeText, NeverGivesLineBreaksOrNul) {  // R24
  std::string octets = "=?utf-8?q?";
  for (int i = 0; i < 256; ++i) octets += "=" + hex(std::string(1, static_cast<char>(i)));
  for (int i = 0; i < 256; ++i) octets += static_cast<char>(i);
  const std::string text = decode_text(octets + "?= " + octets);
  EXPECT_EQ(text.find_first_of(std::string_view("\0\r\n", 3)), std::string::npos);
  EXPECT_TRUE(valid_utf8(text));
}

TEST(DecodeText, HostileSizesAreLinear) {
  for (const std::string_view piece : {"=?", "=?a?q?", "=?utf-8?q?x?= ", "?=", " ", "=?utf-8?b?", "\xE4"}) {
    std::string value;
    while (value.size() < 2'000'000) value += piece;
    EXPECT_TRUE(valid_utf8(decode_text(value))) << piece;
  }
}

struct CharsetCase {
  std::string_view charset;
  std::string_view octets;
  std::string_view expected;  // a '!' in front: a problem
};

TEST(Charset, ToUtf8) {
  const CharsetCase cases[] = {
      {"utf-8", "\xC3\xA4", "\xC3\xA4"},
      {"UTF8", "a\xFF", "!a\xEF\xBF\xBD"},
      {"us-ascii", "a", "a"},
      {"us-ascii", "\xC3\xA4", "!\xC3\xA4"},
      {"us-ascii", "\xE4", "!\xC3\xA4"},
      {"iso-8859-1", "\xE4\x80", "\xC3\xA4\xE2\x82\xAC"},  // read as windows-1252
      {"ISO_8859-15", "\xA4", "\xE2\x82\xAC"},
      {"koi8-r", "\xC1", "\xD0\xB0"},
      {"x-sjis", "\x93\xFA", "\xE6\x97\xA5"},
      {"ks_c_5601-1987", "\xB0\xA1", "\xEA\xB0\x80"},
      {"iso-8859-8-i", "\xE0", "\xD7\x90"},
      {"unicode-1-1-utf-7", "+AOQ-", "\xC3\xA4"},
      {"x-mac-cyrillic", "\x80", "\xD0\x90"},
      {"iso-2022-jp", "\x1B$BF|\x1B(B", "\xE6\x97\xA5"},
      {"big5", "\xA4\xA4", "\xE4\xB8\xAD"},
      {"utf-16le", std::string_view("a\0\xE4\0", 4), "a\xC3\xA4"},
      {"utf-16be", std::string_view("\0a\xD8\0\0b", 6),
       "!a\xEF\xBF\xBD"
       "b"},
      {"shift_jis", "a\x93", "!a\xEF\xBF\xBD"},
      {"no-such", "a", "!a"},
      {"no-such", "\xE4", "!\xC3\xA4"},
      {"utf-8//TRANSLIT", "a", "!a"},
      {"", "a", "!a"},
  };
  for (const CharsetCase& c : cases) {
    const CharsetText text = to_utf8(c.octets, c.charset);
    EXPECT_EQ((text.problem ? "!" : "") + text.utf8, c.expected) << c.charset;
  }
}

TEST(Charset, NoTextHoldsNul) {
  EXPECT_EQ(to_utf8(std::string_view("a\0", 2), "koi8-r").utf8, "a\xEF\xBF\xBD");
}

TEST(Charset, EveryKnownCharsetTurnsAnyOctetsIntoUtf8InLinearTime) {
  std::string octets;
  for (std::uint32_t x = 1; octets.size() < 300'000; x = x * 1664525u + 1013904223u)
    octets += static_cast<char>(x >> 24);
  for (const std::string_view charset :
       {"utf-8", "utf-7", "utf-16", "utf-32", "gb18030", "big5", "euc-jp", "euc-kr", "euc-tw", "iso-2022-jp",
        "iso-2022-kr", "iso-2022-cn", "shift_jis", "viscii", "windows-1258", "iso-8859-6", "big5-hkscs"})
    EXPECT_TRUE(valid_utf8(to_utf8(octets, charset).utf8)) << charset;
}

TEST(HtmlToText, VisibleTextOnly) {
  const Case cases[] = {
      {"<p>a</p><p>b</p>", "a\nb"},
      {"a<br>b", "a\nb"},
      {"<b>a</b>b  \n c", "ab c"},
      {"<style>p{}</style><script>if (a<b) x('</p>')</script>c", "c"},
      {"<head><title>t</title></head>c", "c"},
      {"<STYLE>x</Style>c", "c"},
      {"<!-- a > b -->c<!DOCTYPE x>d<?e?>f", "cdf"},
      {"<a title=\"x > y\" href='>'>c</a>", "c"},
      {"<a title=don't>c</a>", "c"},
      {"a &lt;b&gt; &amp; &#228;&#xE4; &auml; &nbsp; &nosuch; & d", "a <b> & \xC3\xA4\xC3\xA4 \xC3\xA4 &nosuch; & d"},
      {"1 < 2", "1 < 2"},
      {"&#146;", "\xE2\x80\x99"},
      {"&#1114112;&#xD800;", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"a<b", "a"},
      {"<script>a", ""},
      {"", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(html_to_text(c.input, 1000), c.expected) << c.input;
}

TEST(HtmlToText, TheLimitNeverCutsACharacter) {
  EXPECT_EQ(html_to_text("\xC3\xA4\xC3\xA4", 3), "\xC3\xA4");
  EXPECT_EQ(html_to_text("abc", 2), "ab");
  EXPECT_EQ(html_to_text("abc", 0), "");
}

TEST(HtmlToText, HostileDocumentsAreLinear) {
  for (const std::string_view piece : {"<div>", "</x>", "<", "<a ", "<a b=\"", "&", "&#", "<!--", "<script>", "<p"}) {
    std::string html;
    while (html.size() < 5'000'000) html += piece;
    EXPECT_LE(html_to_text(html, 1 << 20).size(), 1u << 20) << piece;
  }
}

}  // namespace
}  // namespace waxseal::mime
