// "header:Name:asForm:all" (RFC 8621 section 4.1.3) and the forms that each field may have (section 4.1.2).
#include <gtest/gtest.h>

#include "jmapd/header_forms.h"

namespace waxseal::jmapd {
namespace {

TEST(HeaderProperty, NameFormAndAllAreRead) {
  const auto parsed = parse_header_property("header:Resent-To:asAddresses:all");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->property, "header:Resent-To:asAddresses:all");
  EXPECT_EQ(parsed->field, "Resent-To");
  EXPECT_EQ(parsed->form, HeaderForm::kAddresses);
  EXPECT_TRUE(parsed->all);
}

TEST(HeaderProperty, RawIsTheDefaultFormAndTheLastInstanceTheDefaultValue) {
  const auto parsed = parse_header_property("header:X-All");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->form, HeaderForm::kRaw);
  EXPECT_FALSE(parsed->all);
}

TEST(HeaderProperty, FieldMayBeNamedLikeASuffix) {
  const auto parsed = parse_header_property("header:all:all");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->field, "all");
  EXPECT_TRUE(parsed->all);
}

TEST(HeaderProperty, WrongSyntaxIsRefused) {
  for (const char* property :
       {"header:", "header::all", "header:Subject:", "header:Subject:text", "header:Subject:astext",
        "header:Subject:all:asText", "header:Subject:asText:asText", "header:Subject:asText:all:all", "header:Sub ject",
        "header:S\xC3\xBC"
        "bject",
        "header:Subject:asText:ALL"}) {
    EXPECT_FALSE(parse_header_property(property)) << property;
  }
}

// One row per field of RFC 5322 and RFC 2369 and one for a field of neither; one column per form.
TEST(HeaderProperty, EachFieldHasOnlyTheFormsOfRfc8621) {
  const std::vector<std::string> forms{"asText",       "asAddresses", "asGroupedAddresses",
                                       "asMessageIds", "asDate",      "asURLs"};
  const std::vector<std::pair<std::string, std::string>> allowed{
      {"From", ".AG..."},
      {"Sender", ".AG..."},
      {"Reply-To", ".AG..."},
      {"To", ".AG..."},
      {"Cc", ".AG..."},
      {"Bcc", ".AG..."},
      {"Resent-From", ".AG..."},
      {"Resent-Sender", ".AG..."},
      {"Resent-Reply-To", ".AG..."},
      {"Resent-To", ".AG..."},
      {"Resent-Cc", ".AG..."},
      {"Resent-Bcc", ".AG..."},
      {"Subject", "T....."},
      {"Comments", "T....."},
      {"Keywords", "T....."},
      {"Message-ID", "...M.."},
      {"In-Reply-To", "...M.."},
      {"References", "...M.."},
      {"Date", "....D."},
      {"Resent-Date", "....D."},
      {"Resent-Message-ID", "...M.."},
      {"Received", "......"},
      {"Return-Path", "......"},
      {"List-Help", ".....U"},
      {"List-Post", ".....U"},
      {"List-Owner", ".....U"},
      {"List-Archive", ".....U"},
      {"List-Subscribe", ".....U"},
      {"List-Unsubscribe", ".....U"},
      {"List-Id", "TAGMDU"},
      {"X-Anything", "TAGMDU"},
      {"sUBJECT", "T....."},
  };
  for (const auto& [field, columns] : allowed) {
    EXPECT_TRUE(parse_header_property("header:" + field + ":asRaw")) << field;
    for (std::size_t i = 0; i < forms.size(); ++i) {
      const std::string property = "header:" + field + ":" + forms[i];
      EXPECT_EQ(parse_header_property(property).has_value(), columns[i] != '.') << property;
    }
  }
}

TEST(RenderRaw, KeepsFoldsAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(render_raw(" a\r\n b"), " a\r\n b");
  EXPECT_EQ(render_raw(" caf\xC3\xA9"), " caf\xC3\xA9");
  EXPECT_EQ(render_raw(" caf\xE9"), " caf\xEF\xBF\xBD");
  EXPECT_EQ(render_raw(Octets("a\0b", 3)), "ab");
}

TEST(RenderUrls, Rfc2369Examples) {
  EXPECT_EQ(render_urls(" <mailto:list@host.com?subject=help> (List Instructions)"),
            Json::array({"mailto:list@host.com?subject=help"}));
  EXPECT_EQ(render_urls(" <ftp://ftp.host.com/list.txt> (FTP),\r\n <mailto:list@host.com?subject=help>"),
            Json::array({"ftp://ftp.host.com/list.txt", "mailto:list@host.com?subject=help"}));
  EXPECT_EQ(render_urls(" (Use this) <mailto:a@\r\n example.com>"), Json::array({"mailto:a@example.com"}));
}

TEST(RenderUrls, AnythingElseIsNull) {
  for (const char* value : {"", " ", " NO (posting not allowed)", " http://example.com", " <http://example.com",
                            " <a> b", " <a>,", " <a>, ,<b>", " (open <a>"}) {
    EXPECT_EQ(render_urls(value), nullptr) << value;
  }
}

TEST(RenderUrls, CommentsNestAndHideBrackets) {
  EXPECT_EQ(render_urls("((a)<x>\\)) <b>"), Json::array({"b"}));
  EXPECT_EQ(render_urls("((a)<x>) <b>"), Json::array({"b"}));
}

}  // namespace
}  // namespace waxseal::jmapd
