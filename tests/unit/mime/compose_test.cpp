// What is written reads back as the same.
#include "mime/compose.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "mime/message.h"
#include "mime/text.h"

namespace waxseal::mime {
namespace {

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all{
      "plain words",
      "a long line of words that does not fit into seventy-eight octets and so has to be folded somewhere in it",
      "two  spaces",
      "gr\xC3\xBC\xC3\x9F Gott",
      "=?utf-8?q?not_encoded?=",
      std::string(2000, 'x'),
      "\xF0\x9F\x94\x92\xF0\x9F\x94\x92\xF0\x9F\x94\x92 "
      "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x81\xAE\xE4\xBB\xB6\xE5\x90\x8D",
      "comma, (parenthesis) \"quote\" \\backslash; @ <angle>",
      ""};
  return all;
}

TEST(Compose, TextReadsBack) {
  for (const auto& text : texts()) {
    const std::string value = write_text(text, "Subject");
    EXPECT_EQ(decode_text(value), text);
    EXPECT_TRUE(field_fits({"Subject", value})) << value;
  }
}

TEST(Compose, LinesAreShort) {
  for (const auto& text : texts()) {
    if (text.size() == 2000) continue;
    std::string lines = "Subject:" + write_text(text, "Subject") + "\r\n";
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find("\r\n", at);
      EXPECT_LE(end - at, 78U) << lines;
      at = end + 2;
    }
  }
}

TEST(Compose, NamesReadBack) {
  for (const auto& name : texts()) {
    if (name.empty()) continue;
    const std::string value =
        write_addresses({{std::nullopt, {{name, "joe@example.org"}, {std::nullopt, "x@example.org"}}}}, "To");
    const auto read = read_address_list(value);
    ASSERT_EQ(read.size(), 1U) << value;
    ASSERT_EQ(read[0].addresses.size(), 2U) << value;
    EXPECT_EQ(read[0].addresses[0].name, name);
    EXPECT_EQ(read[0].addresses[0].email, "joe@example.org");
    EXPECT_EQ(read[0].addresses[1].email, "x@example.org");
  }
}

TEST(Compose, GroupsReadBack) {
  const std::vector<AddressGroup> groups{{"the \xC3\xA9lite", {{"A", "a@x.org"}, {std::nullopt, "b@x.org"}}},
                                         {std::nullopt, {{std::nullopt, "c@x.org"}}},
                                         {"nobody", {}}};
  const auto read = read_address_list(write_addresses(groups, "To"));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].name, groups[0].name);
  EXPECT_EQ(read[0].addresses.size(), 2U);
  EXPECT_EQ(read[1].name, std::nullopt);
  EXPECT_EQ(read[2].name, "nobody");
  EXPECT_TRUE(read[2].addresses.empty());
}

TEST(Compose, DatesReadBack) {
  for (const char* date : {"2014-10-30T14:12:00+08:00", "2026-01-02T23:59:59Z", "2024-02-29T00:00:00-11:30"}) {
    const Time time = parse_date_time(date).value();
    const int zone = std::string(date).ends_with("Z") ? 0 : std::string(date).ends_with("+08:00") ? 480 : -690;
    EXPECT_EQ(parse_date_with_zone(write_date(time, std::chrono::minutes(zone))), date);
  }
}

TEST(Compose, ParametersReadBack) {
  for (const auto& text : texts()) {
    if (text.empty()) continue;
    const std::string value =
        write_parameters("attachment", {{"filename", text}, {"size", "3"}}, "Content-Disposition");
    const Disposition read = parse_disposition(value);
    ASSERT_EQ(read.syntax, Syntax::kValid) << value;
    ASSERT_NE(read.parameter("filename"), nullptr) << value;
    EXPECT_EQ(read.parameter("filename")->value, text);
    EXPECT_EQ(read.parameter("size")->value, "3");
  }
}

TEST(Compose, AFieldThatWouldBecomeTwoDoesNotFit) {
  EXPECT_TRUE(field_fits({"X", " a\r\n b"}));
  EXPECT_FALSE(field_fits({"X", " a\r\nBcc: b"}));
  EXPECT_FALSE(field_fits({"X", " a\nb"}));
  EXPECT_FALSE(field_fits({"X", " a\r b"}));
  EXPECT_FALSE(field_fits({"X", " a\r\n \r\n b"}));
  EXPECT_FALSE(field_fits({"X", " a\r\n"}));
  EXPECT_FALSE(field_fits({"X", std::string(" a\0b", 4)}));
  EXPECT_FALSE(field_fits({"X", " \xFF"}));
  EXPECT_FALSE(field_fits({"X", " " + std::string(999, 'a')}));
  EXPECT_FALSE(field_fits({"X Y", " a"}));
  EXPECT_FALSE(field_fits({"", " a"}));
}

std::vector<std::string> contents() {
  std::string all_octets;
  for (int i = 0; i < 256; ++i) all_octets += static_cast<char>(i);
  return {"",
          "one line",
          "lines\r\n\r\n--=_boundary\r\n.\r\nFrom nobody\r\n",
          "trailing white space \r\nand a tab\t\r\n ",
          "gr\xC3\xBC\xC3\x9F dich\r\n" + std::string(200, 'w') + "\r\n",
          std::string(3000, 'a'),
          "bare\nline\nfeeds and a\rcarriage return",
          "soft = breaks =\r\n=3D",
          "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
          std::string("\0binary\0", 8),
          all_octets};
}

// RFC 8621 section 4.1.4: blobs and bodies are the decoded octets, whatever encoding was chosen.
TEST(Compose, ContentsComeBackOctetByOctet) {
  const std::vector<NewField> header{{"From", " a@example.org"}, {"MIME-Version", " 1.0"}};
  for (const char* type : {"text/plain", "text/html", "application/octet-stream", "message/rfc822"}) {
    for (const auto& content : contents()) {
      const NewPart leaf{.type = type, .content = content};
      const std::string single = compose_message(header, leaf, "0123");
      const Message one = parse_message(single);
      EXPECT_EQ(decoded_body(single, one.parts[0]), content) << single;

      const NewPart mixed{.type = "multipart/mixed",
                          .parts = {leaf, {.type = "multipart/related", .parts = {leaf, leaf}}}};
      const std::string whole = compose_message(header, mixed, "0123");
      const Message parsed = parse_message(whole);
      ASSERT_EQ(parsed.parts.size(), 5U) << whole;
      for (const std::size_t index : {1U, 3U, 4U}) {
        EXPECT_EQ(parsed.parts[index].type, type);
        EXPECT_EQ(decoded_body(whole, parsed.parts[index]), content) << whole;
      }
      if (std::string(type) == "message/rfc822") continue;
      for (std::size_t at = 0; at < whole.size();) {
        const auto end = std::min(whole.find("\r\n", at), whole.size());
        EXPECT_LE(end - at, 998U);
        at = end + 2;
      }
    }
  }
}

}  // namespace
}  // namespace waxseal::mime
