// For every message of other projects that comes with what it should become: Email/get of the stored message and
// Email/parse of its blob say the same, and what was expected, or tests/jmap/DEVIATIONS.md says why not.  A deviation
// that is not in that table fails the test, and so does one that is gone.
#include <gtest/gtest.h>

#include <algorithm>

#include "jmapd/blob_id.h"
#include "mail_account.h"
#include "reference_mail.h"
#include "support/source/source_directory.h"

namespace waxseal::jmapd {
namespace {

const std::vector<std::string> kProperties{
    "size",    "headers", "messageId",  "inReplyTo",     "references", "sender",   "from",
    "to",      "cc",      "bcc",        "replyTo",       "subject",    "sentAt",   "hasAttachment",
    "preview", "blobId",  "bodyValues", "bodyStructure", "textBody",   "htmlBody", "attachments"};
const std::vector<std::string> kPartProperties{"partId",  "blobId",      "size", "headers",  "name",     "type",
                                               "charset", "disposition", "cid",  "language", "location", "subParts"};

enum class Values { kBodies, kAll };

Json arguments_of(const Json& expected, Values values) {
  std::vector<std::string> properties = kProperties;
  for (const auto& [name, value] : expected.items())
    if (name.starts_with("header:")) properties.push_back(name);
  return {{"properties", properties},
          {"bodyProperties", kPartProperties},
          {"fetchTextBodyValues", values == Values::kBodies},
          {"fetchHTMLBodyValues", values == Values::kBodies},
          {"fetchAllBodyValues", values == Values::kAll}};
}

class ReferenceMail : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("WAXSEAL_TESTDATA");
    if (root == nullptr) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
    root_ = fs::path(root) / "mime";
  }

  Json parse(const std::string& blob, Json arguments) {
    arguments["blobIds"] = {blob};
    const Json answer = account_.call("Email/parse", arguments);
    return answer.at("parsed").is_null() ? Json() : answer.at("parsed").at(blob);
  }

  // Of the stored message, after Email/parse said the same of its blob.
  Json get(const std::string& message, const std::string& octets, const Json& arguments) {
    Json wanted = arguments;
    wanted["ids"] = {to_wire(account_.deliver(octets))};
    Json email = account_.call("Email/get", wanted).at("list").at(0);
    email.erase("id");
    ++messages_;
    EXPECT_EQ(parse(email.at("blobId"), arguments), email) << message;
    check_body_lists(message, email);
    return email;
  }

  std::vector<fs::path> messages(const fs::path& folder) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::recursive_directory_iterator(root_ / folder))
      if (entry.path().extension() == ".eml") out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string name_of(const fs::path& message) {
    return fs::path(message).replace_extension().lexically_relative(root_).string();
  }
  static Json json_of(const fs::path& message, const char* extension) {
    return Json::parse(read_file(fs::path(message).replace_extension(extension)));
  }

  // As WildDuck counts octets.
  static std::string with_crlf(const std::string& octets) {
    std::string out;
    for (const char c : octets) {
      if (c == '\n' && !out.ends_with('\r')) out += '\r';
      out += c;
    }
    return out;
  }

  // What the delivery gave it, and a preview that each server cuts as it likes.
  static Json about_content(Json expected) {
    for (const char* name : {"receivedAt", "mailboxIds", "keywords", "preview"}) expected.erase(name);
    return expected;
  }

  void stored_by_stalwart() {
    for (const auto& [folder, extension] : {std::pair{"email_get", ".json"}, {"email_set", ".jmap"}})
      for (const fs::path& message : messages(fs::path("stalwart-jmap") / folder)) {
        const Json expected = about_content(json_of(message, extension));
        const Json actual = get(name_of(message), read_file(message), arguments_of(expected, Values::kBodies));
        compare_email(name_of(message), expected, actual, deviations_);
      }
  }

  // Two of these are about the message that is attached.
  void parsed_by_stalwart() {
    for (const fs::path& message : messages("stalwart-jmap/email_parse")) {
      const Json expected = about_content(json_of(message, ".json"));
      const Json arguments = arguments_of(expected, Values::kBodies);
      const Json whole = get(name_of(message), read_file(message), arguments);
      const bool inner = message.filename().string().starts_with("attachment");
      const Json actual = inner ? parse(whole.at("attachments").at(0).at("blobId"), arguments) : whole;
      compare_email(name_of(message), expected, actual, deviations_);
    }
  }

  void parsed_by_mail_parser() {
    for (const fs::path& message : messages("mail-parser/eml")) {
      const Json actual = get(name_of(message), read_file(message), arguments_of(Json::object(), Values::kAll));
      compare_parsed(name_of(message), json_of(message, ".json"), actual, deviations_);
    }
  }

  void trees_of_wildduck() {
    for (const fs::path& message : messages("wildduck")) {
      if (!fs::exists(fs::path(message).replace_extension(".json"))) continue;
      const Json actual =
          get(name_of(message), with_crlf(read_file(message)), arguments_of(Json::object(), Values::kBodies));
      compare_tree(name_of(message), json_of(message, ".json"), actual, deviations_);
    }
  }

  fs::path root_;
  MailAccount account_;
  Deviations deviations_;
  std::size_t messages_ = 0;
};

DeviationTable table() {
  return read_deviations(read_file(fs::path(test::source_directory()) / "tests" / "jmap" / "DEVIATIONS.md"));
}

TEST_F(ReferenceMail, IsWhatWasExpectedOrDeviatesForAReason) {
  stored_by_stalwart();
  parsed_by_stalwart();
  parsed_by_mail_parser();
  trees_of_wildduck();
  EXPECT_GE(messages_, 128U);
  const DeviationTable known = table();
  for (const auto& [what, values] : deviations_.all())
    EXPECT_TRUE(known.known.contains(what)) << what << "\n" << values;
  for (const auto& what : known.known) EXPECT_TRUE(deviations_.all().contains(what)) << what << " is gone";
}

TEST(Deviations, EveryRowNamesAClause) {
  EXPECT_EQ(table().errors, std::vector<std::string>());
}

TEST(Deviations, ARowIsMessagesPropertiesAndAReason) {
  const auto read = read_deviations(
      "text\n| message | property | why |\n| `a` `b` | `from` `to` | RFC 8621 section 4 |\n"
      "| `c` | `from` | because |\n");
  EXPECT_EQ(read.known, (std::set<std::string>{"a from", "a to", "b from", "b to"}));
  EXPECT_EQ(read.errors.size(), 1u);
}

TEST(Deviations, ADifferenceIsFound) {
  Deviations found;
  const Json there = {{"subject", "x"}, {"sentAt", "2026-01-01T12:00:00Z"}};
  compare_email("m", there, {{"subject", "x"}, {"sentAt", "2026-01-01T13:00:00+01:00"}}, found);
  EXPECT_TRUE(found.all().empty());
  compare_email("m", there, {{"subject", "y"}, {"sentAt", "2026-01-01T13:00:00Z"}}, found);
  EXPECT_EQ(found.all().size(), 2u);
}

}  // namespace
}  // namespace waxseal::jmapd
