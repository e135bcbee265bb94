// Email objects compared with those that another JMAP server's tests expect, if their mail is there (WAXSEAL_TESTDATA).
// Deviations are listed, each with its reason: a new one fails the test, and so does one that is gone.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/text.h"
#include "jmapd/email_properties.h"

namespace waxseal::jmapd {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Comparison {
 public:
  explicit Comparison(std::string name) : name_(std::move(name)) {}

  void email(const Json& expected, const Json& actual) {
    for (const auto& [property, value] : expected.items()) {
      if (property == "bodyValues") {
        body_values(value, actual.at(property));
      } else {
        any(property, value, actual.at(property));
      }
    }
  }

  std::map<std::string, std::string> deviations;  // "file property" -> both values

 private:
  // Ids and the numbering of parts are each server's own; what is absent there is null here.
  static bool own_choice(const std::string& name) { return name == "blobId" || name == "partId" || name == "preview"; }

  void any(const std::string& path, const Json& expected, const Json& actual) {
    if (expected.is_object() && actual.is_object()) {
      for (const auto& [name, value] : expected.items()) {
        if (!own_choice(name)) any(path, value, actual.value(name, Json()));
      }
    } else if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
      for (std::size_t i = 0; i < expected.size(); ++i) any(path, expected[i], actual[i]);
    } else if (!same(expected, actual)) {
      differ(path, expected, actual);
    }
  }

  static bool same(const Json& expected, const Json& actual) {
    if (expected == actual) return true;
    if (!expected.is_string() || !actual.is_string()) return false;
    const auto one = parse_date_time(expected.get<std::string>());  // one instant, two zones
    const auto other = parse_date_time(actual.get<std::string>());
    return one && other && *one == *other;
  }

  // In the order of the parts; the other server cuts at another place and adds "...".
  void body_values(const Json& expected, const Json& actual) {
    if (expected.size() != actual.size()) return differ("bodyValues", expected, actual);
    const auto mine = by_part(actual);
    std::size_t i = 0;
    for (const auto& [part, value] : by_part(expected)) {
      std::string text = value.at("value");
      const bool truncated = value.at("isTruncated");
      if (truncated) text.resize(text.size() - 3);
      const auto& found = std::next(mine.begin(), static_cast<std::ptrdiff_t>(i++))->second;
      const std::string whole = found.at("value");
      if (truncated ? !whole.starts_with(text) : whole != text) differ("bodyValues", text, whole);
      if (value.at("isEncodingProblem") != found.at("isEncodingProblem")) differ("isEncodingProblem", value, found);
    }
  }

  static std::map<int, Json> by_part(const Json& values) {
    std::map<int, Json> ordered;
    for (const auto& [part, value] : values.items()) ordered[std::stoi(part)] = value;
    return ordered;
  }

  void differ(const std::string& path, const Json& expected, const Json& actual) {
    deviations[name_ + " " + path] = "there: " + expected.dump() + "\nhere:  " + actual.dump();
  }

  std::string name_;
};

EmailSelection selection_for(const Json& expected) {
  std::vector<std::string> names;
  for (const auto& [name, value] : expected.items()) names.push_back(name);
  EmailSelection selection{.parts = select_part_properties({"size", "name", "type", "charset", "disposition", "cid",
                                                            "language", "location", "headers", "subParts"}),
                           .values = {.text_body = true, .html_body = true}};
  select_properties(selection, names, SmimeVerify::kUnused);
  return selection;
}

std::map<std::string, std::string> compare_file(const fs::path& message, const Json& expected) {
  const std::string octets = read_file(message);
  const mime::Message parsed = mime::parse_message(octets);
  store::EmailRow row;
  row.size = octets.size();
  row.summary = mime::summarise(octets, parsed);
  const Json actual = render_email({.row = row, .header = &parsed.header, .octets = octets, .message = &parsed},
                                   selection_for(expected));
  Comparison comparison(message.stem().string());
  comparison.email(expected, actual);
  return std::move(comparison.deviations);
}

const std::set<std::string> kKnown{
    // RFC 8621 section 4.1.2.3: "Group and comment information is discarded"; a comment is a name only without another.
    "headers from",
    "headers header:From:asAddresses",
    "headers header:From:asAddresses:all",
    "headers header:From:asGroupedAddresses",
    "headers header:From:asGroupedAddresses:all",
    "headers header:X-AddressesGroup-Single:asAddresses",
    "headers header:X-AddressesGroup-Single:asAddresses:all",
    "headers header:X-AddressesGroup-Single:asGroupedAddresses",
    "headers header:X-AddressesGroup-Single:asGroupedAddresses:all",
    // The same section: "any leading and trailing white space is removed" from a quoted-string.
    "headers to",
    "headers header:To:asAddresses",
    "headers header:To:asAddresses:all",
    "headers header:To:asGroupedAddresses",
    "headers header:To:asGroupedAddresses:all",
    // Section 4.1.4: hasAttachment looks at attachments without "Content-Disposition: inline"; this one has it.
    "message_attachment hasAttachment",
    // Section 4.1.3: names "with the same capitalization"; section 4.1.4: audio and images in sequence are body parts.
    "multipart_mixed bodyStructure",
    "multipart_mixed attachments",
    "multipart_mixed htmlBody",
    "multipart_mixed textBody",
    // quoted-printable with bare LF: there each hard line break becomes CRLF, here the octets stay what they are.
    "multipart_related bodyStructure",
    "multipart_related htmlBody",
    "multipart_related textBody",
    "single_part bodyStructure",
    "single_part htmlBody",
    "single_part textBody",
};

TEST(ReferenceMail, EmailGetOfAnotherServer) {
  const char* root = std::getenv("WAXSEAL_TESTDATA");
  if (root == nullptr) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  std::map<std::string, std::string> deviations;
  std::size_t messages = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(root) / "mime" / "stalwart-jmap" / "email_get")) {
    if (entry.path().extension() != ".eml") continue;
    Json expected = Json::parse(read_file(fs::path(entry.path()).replace_extension(".json")));
    for (const char* name : {"receivedAt", "mailboxIds", "keywords", "preview"}) expected.erase(name);
    deviations.merge(compare_file(entry.path(), expected));
    ++messages;
  }
  EXPECT_GE(messages, 10U);
  for (const auto& [what, values] : deviations) EXPECT_TRUE(kKnown.contains(what)) << what << "\n" << values;
  for (const auto& what : kKnown) EXPECT_TRUE(deviations.contains(what)) << what << " is gone";
}

}  // namespace
}  // namespace waxseal::jmapd
