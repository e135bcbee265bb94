// Email objects from octets: what RFC 8621 section 4.1 and RFC 9219 section 4.1 say of each property.
#include "jmapd/email_properties.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "jmapd/blob_id.h"

namespace waxseal::jmapd {
namespace {

// A stored email without a store.
struct Stored {
  explicit Stored(std::string message) : octets(std::move(message)), parsed(mime::parse_message(octets)) {
    row.id = EmailId{7};
    row.thread = ThreadId{8};
    row.blob = sha256(octets);
    row.received_at = *parse_date_time("2026-11-23T09:05:07Z");
    row.size = octets.size();
    row.mailboxes = {MailboxId{1}, MailboxId{2}};
    row.keywords = {"$seen", "work"};
    row.summary = mime::summarise(octets, parsed);
  }

  Json render(const EmailSelection& selection) const {
    return render_email({.row = row, .header = &parsed.header, .octets = octets, .message = &parsed}, selection);
  }
  Json get(const std::vector<std::string>& names, SmimeVerify smime = SmimeVerify::kUsed) const {
    EmailSelection selection{.parts = default_part_selection()};
    select_properties(selection, names, smime);
    return render(selection);
  }
  Json get(const std::string& name) const { return get(std::vector{name}).at(name); }

  std::string octets;
  mime::Message parsed;
  store::EmailRow row;
};

std::string refusal(const std::vector<std::string>& names, SmimeVerify smime = SmimeVerify::kUsed) {
  EmailSelection selection;
  try {
    select_properties(selection, names, smime);
  } catch (const MethodError& error) {
    return error.type;
  }
  return "";
}

const std::string kSimple =
    "From: Joe Bloggs <joe@example.com>\r\n"
    "To: Friends: jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?= <john@example.com>;\r\n"
    "Subject: =?UTF-8?Q?Caf=C3=A9?=\r\n"
    "Date: Tue, 13 Oct 2026 16:12:00 +0200\r\n"
    "Message-ID: <one@example.com>\r\n"
    "References: <a@example.com>\r\n <b@example.com>\r\n"
    "List-Post: <mailto:party@example.com>\r\n"
    "X-Twice: first\r\n"
    "x-twice: second\r\n"
    "\r\n"
    "Hello\r\nworld\r\n";

TEST(EmailProperties, DefaultsAreThoseOfRfc8621) {
  EmailSelection selection{.parts = default_part_selection()};
  select_default_properties(selection);
  const Json email = Stored(kSimple).render(selection);
  std::set<std::string> names;
  for (const auto& [name, value] : email.items()) names.insert(name);
  const std::set<std::string> expected{
      "id",        "blobId",     "threadId",      "mailboxIds", "keywords",   "size",     "receivedAt", "messageId",
      "inReplyTo", "references", "sender",        "from",       "to",         "cc",       "bcc",        "replyTo",
      "subject",   "sentAt",     "hasAttachment", "preview",    "bodyValues", "textBody", "htmlBody",   "attachments"};
  EXPECT_EQ(names, expected);
  EXPECT_EQ(selection.needs(), Needs::kMessage);
}

TEST(EmailProperties, ListingReadsNoOctets) {
  EmailSelection selection;
  select_properties(selection, {"blobId",
                                "threadId",
                                "mailboxIds",
                                "keywords",
                                "size",
                                "receivedAt",
                                "messageId",
                                "inReplyTo",
                                "references",
                                "sender",
                                "from",
                                "to",
                                "cc",
                                "bcc",
                                "replyTo",
                                "subject",
                                "sentAt",
                                "hasAttachment",
                                "preview",
                                "smimeStatus",
                                "smimeStatusAtDelivery",
                                "smimeErrors",
                                "smimeVerifiedAt"},
                    SmimeVerify::kUsed);
  EXPECT_EQ(selection.needs(), Needs::kRow);
  select_properties(selection, {"header:List-Post"}, SmimeVerify::kUsed);
  EXPECT_EQ(selection.needs(), Needs::kHeader);
  select_properties(selection, {"attachments"}, SmimeVerify::kUsed);
  EXPECT_EQ(selection.needs(), Needs::kMessage);
}

TEST(EmailProperties, MetadataComesFromTheRow) {
  const Stored stored(kSimple);
  EXPECT_EQ(stored.get({"blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt"}),
            (Json{{"id", to_wire(EmailId{7})},
                  {"blobId", to_wire(BlobId{sha256(kSimple), ""})},
                  {"threadId", to_wire(ThreadId{8})},
                  {"mailboxIds", {{to_wire(MailboxId{1}), true}, {to_wire(MailboxId{2}), true}}},
                  {"keywords", {{"$seen", true}, {"work", true}}},
                  {"size", kSimple.size()},
                  {"receivedAt", "2026-11-23T09:05:07Z"}}));
}

TEST(EmailProperties, IdIsAlwaysThere) {
  EXPECT_EQ(Stored(kSimple).get(std::vector<std::string>()), (Json{{"id", to_wire(EmailId{7})}}));
}

TEST(EmailProperties, HeaderConveniences) {
  const Stored stored(kSimple);
  EXPECT_EQ(stored.get("from"), Json::parse(R"([{"name": "Joe Bloggs", "email": "joe@example.com"}])"));
  EXPECT_EQ(stored.get("to"), Json::parse(R"([{"name": null, "email": "jane@example.com"},
                                              {"name": "John Smîth", "email": "john@example.com"}])"));
  EXPECT_EQ(stored.get("cc"), nullptr);
  EXPECT_EQ(stored.get("subject"), "Café");
  EXPECT_EQ(stored.get("messageId"), Json::array({"one@example.com"}));
  EXPECT_EQ(stored.get("references"), Json::array({"a@example.com", "b@example.com"}));
  EXPECT_EQ(stored.get("inReplyTo"), nullptr);
  EXPECT_EQ(stored.get("sentAt"), "2026-10-13T16:12:00+02:00");
}

TEST(EmailProperties, HeaderFormsOfOneField) {
  const Stored stored(kSimple);
  EXPECT_EQ(stored.get("header:Subject"), " =?UTF-8?Q?Caf=C3=A9?=");
  EXPECT_EQ(stored.get("header:subject:asText"), "Café");
  EXPECT_EQ(stored.get("header:References"), " <a@example.com>\r\n <b@example.com>");
  EXPECT_EQ(stored.get("header:Date:asDate"), "2026-10-13T16:12:00+02:00");
  EXPECT_EQ(stored.get("header:List-POST:asURLs"), Json::array({"mailto:party@example.com"}));
  EXPECT_EQ(stored.get("header:To:asGroupedAddresses"),
            Json::parse(R"([{"name": "Friends", "addresses": [{"name": null, "email": "jane@example.com"},
                                                              {"name": "John Smîth", "email": "john@example.com"}]}])"));
}

TEST(EmailProperties, LastInstanceOrAllOfThem) {
  const Stored stored(kSimple);
  EXPECT_EQ(stored.get("header:X-Twice"), " second");
  EXPECT_EQ(stored.get("header:X-Twice:all"), Json::array({" first", " second"}));
  EXPECT_EQ(stored.get("header:X-Twice:asText:all"), Json::array({"first", "second"}));
  EXPECT_EQ(stored.get("header:X-None"), nullptr);
  EXPECT_EQ(stored.get("header:X-None:all"), Json::array());
}

TEST(EmailProperties, WhatDoesNotParseIsNull) {
  const Stored stored("Date: yesterday\r\nMessage-ID: none\r\n\r\n");
  EXPECT_EQ(stored.get("header:Date:asDate"), nullptr);
  EXPECT_EQ(stored.get("sentAt"), nullptr);
  EXPECT_EQ(stored.get("header:Message-ID:asMessageIds"), nullptr);
  EXPECT_EQ(stored.get("messageId"), nullptr);
}

TEST(EmailProperties, HeadersKeepOrderAndCapitalisation) {
  const Json headers = Stored("B: 1\r\na: 2\r\n\r\n").get("headers");
  EXPECT_EQ(headers, Json::parse(R"([{"name": "B", "value": " 1"}, {"name": "a", "value": " 2"}])"));
}

TEST(EmailProperties, UnknownPropertiesAreRefused) {
  EXPECT_EQ(refusal({"subject"}), "");
  EXPECT_EQ(refusal({"Subject"}), "invalidArguments");
  EXPECT_EQ(refusal({"subject", "colour"}), "invalidArguments");
  EXPECT_EQ(refusal({"header:From:asDate"}), "invalidArguments");
  EXPECT_EQ(refusal({"header:From:asAddresses"}), "");
}

// The examples of RFC 9219 ask for "date", which RFC 8621 does not define: docs/JMAP.md.
TEST(EmailProperties, DateIsNotAProperty) {
  EXPECT_EQ(refusal({"date"}), "invalidArguments");
}

TEST(EmailProperties, SmimePropertiesExistOnlyWithTheirCapability) {
  for (const char* name : {"smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"}) {
    EXPECT_EQ(refusal({name}, SmimeVerify::kUsed), "") << name;
    EXPECT_EQ(refusal({name}, SmimeVerify::kUnused), "invalidArguments") << name;
  }
}

TEST(EmailProperties, UnsignedMessageHasFourNulls) {
  const Json email = Stored(kSimple).get({"smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"});
  EXPECT_EQ(email, (Json{{"id", to_wire(EmailId{7})},
                         {"smimeStatus", nullptr},
                         {"smimeStatusAtDelivery", nullptr},
                         {"smimeErrors", nullptr},
                         {"smimeVerifiedAt", nullptr}}));
}

TEST(EmailProperties, FailedMessageSaysWhyInTheWordsOfRfc9219) {
  Stored stored(kSimple);
  stored.row.status = smime::Status::kFailed;
  stored.row.status_at_delivery = smime::Status::kVerified;
  stored.row.visible_codes = {smime::Code::crl_unavailable, smime::Code::from_mismatch};
  stored.row.verified_at = *parse_date_time("2020-03-01T12:11:19Z");
  EXPECT_EQ(stored.get("smimeStatus"), "signed/failed");
  EXPECT_EQ(stored.get("smimeStatusAtDelivery"), "signed/verified");
  EXPECT_EQ(stored.get("smimeErrors"),
            Json::array({"Can't retrieve CRL from the CRL URL", "From email address doesn't match the certificate"}));
  EXPECT_EQ(stored.get("smimeVerifiedAt"), "2020-03-01T12:11:19Z");
}

TEST(EmailProperties, VerifiedMessageHasNoErrors) {
  Stored stored(kSimple);
  stored.row.status = smime::Status::kVerified;
  stored.row.verified_at = *parse_date_time("2026-03-01T12:11:19Z");
  EXPECT_EQ(stored.get("smimeStatus"), "signed/verified");
  EXPECT_EQ(stored.get("smimeErrors"), nullptr);
}

// --- body
// ----------------------------------------------------------------------------------------------------------------

const std::string kMixed =
    "From: a@example.com\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=o\r\n"
    "\r\n"
    "--o\r\n"
    "Content-Type: multipart/alternative; boundary=i\r\n"
    "\r\n"
    "--i\r\n"
    "Content-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "caf=E9\r\n"
    "--i\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "\r\n"
    "<p>caf\xC3\xA9</p>\r\n"
    "--i--\r\n"
    "--o\r\n"
    "Content-Type: application/pdf; name=\"=?UTF-8?Q?r=C3=A9sum=C3=A9.pdf?=\"\r\n"
    "Content-Disposition: attachment\r\n"
    "Content-ID: <cid@example.com>\r\n"
    "Content-Language: en, fr\r\n"
    "X-Part: yes\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "QUJD\r\n"
    "--o--\r\n";

TEST(EmailBody, ListsAndDefaultPartProperties) {
  const Stored stored(kMixed);
  const std::string blob = to_wire(BlobId{sha256(kMixed), ""});
  EXPECT_EQ(stored.get("textBody"), Json::array({{{"partId", "1"},
                                                  {"blobId", blob + "-1"},
                                                  {"size", 4},
                                                  {"name", nullptr},
                                                  {"type", "text/plain"},
                                                  {"charset", "iso-8859-1"},
                                                  {"disposition", nullptr},
                                                  {"cid", nullptr},
                                                  {"language", nullptr},
                                                  {"location", nullptr}}}));
  EXPECT_EQ(stored.get("htmlBody").at(0).at("partId"), "2");
  EXPECT_EQ(stored.get("attachments"), Json::array({{{"partId", "3"},
                                                     {"blobId", blob + "-3"},
                                                     {"size", 3},
                                                     {"name", "résumé.pdf"},
                                                     {"type", "application/pdf"},
                                                     {"charset", nullptr},
                                                     {"disposition", "attachment"},
                                                     {"cid", "cid@example.com"},
                                                     {"language", {"en", "fr"}},
                                                     {"location", nullptr}}}));
  EXPECT_EQ(stored.get("hasAttachment"), true);
}

TEST(EmailBody, StructureIsATreeWithoutIdsForMultiparts) {
  const Stored stored(kMixed);
  EmailSelection selection{.parts = select_part_properties({"partId", "blobId", "type"})};
  select_properties(selection, {"bodyStructure"}, SmimeVerify::kUnused);
  const Json root = stored.render(selection).at("bodyStructure");
  EXPECT_EQ(root.at("type"), "multipart/mixed");
  EXPECT_EQ(root.at("partId"), nullptr);
  EXPECT_EQ(root.at("blobId"), nullptr);
  ASSERT_EQ(root.at("subParts").size(), 2U);
  EXPECT_EQ(root.at("subParts").at(0).at("subParts").at(1).at("type"), "text/html");
  EXPECT_EQ(root.at("subParts").at(1).at("partId"), "3");
  EXPECT_FALSE(root.at("subParts").at(1).contains("subParts"));
}

TEST(EmailBody, SubPartsAreNullForALeafOnlyIfAskedForAndNeverInLists) {
  const Stored stored(kSimple);
  EmailSelection selection{.parts = select_part_properties({"subParts"})};
  select_properties(selection, {"bodyStructure", "textBody"}, SmimeVerify::kUnused);
  const Json email = stored.render(selection);
  EXPECT_EQ(email.at("bodyStructure"), (Json{{"subParts", nullptr}}));
  EXPECT_EQ(email.at("textBody"), Json::array({Json::object()}));
}

TEST(EmailBody, PartHeadersAreThoseOfThePart) {
  const Stored stored(kMixed);
  EmailSelection selection{.parts = select_part_properties({"header:x-part:asText", "header:From", "headers"})};
  select_properties(selection, {"attachments"}, SmimeVerify::kUnused);
  const Json part = stored.render(selection).at("attachments").at(0);
  EXPECT_EQ(part.at("header:x-part:asText"), "yes");
  EXPECT_EQ(part.at("header:From"), nullptr);
  EXPECT_EQ(part.at("headers").size(), 6U);
}

TEST(EmailBody, UnknownPartPropertyNamesBodyProperties) {
  try {
    (void)select_part_properties({"partId", "colour"});
    FAIL() << "accepted";
  } catch (const MethodError& error) {
    EXPECT_EQ(error.type, "invalidArguments");
    EXPECT_EQ(error.extra.at("arguments").at(0), "bodyProperties");
  }
  EXPECT_THROW((void)select_part_properties({"header:Date:asText"}), MethodError);
  EXPECT_NO_THROW((void)select_part_properties({"header:Date:asDate"}));
}

Json values_of(const Stored& stored, const BodyValueSelection& values) {
  EmailSelection selection{.values = values};
  select_properties(selection, {"bodyValues"}, SmimeVerify::kUnused);
  return stored.render(selection).at("bodyValues");
}

TEST(BodyValues, EachArgumentFetchesItsOwnParts) {
  const Stored stored(kMixed);
  const Json plain{{"value", "café"}, {"isEncodingProblem", false}, {"isTruncated", false}};
  const Json html{{"value", "<p>café</p>"}, {"isEncodingProblem", false}, {"isTruncated", false}};
  EXPECT_EQ(values_of(stored, {}), Json::object());
  EXPECT_EQ(values_of(stored, {.text_body = true}), (Json{{"1", plain}}));
  EXPECT_EQ(values_of(stored, {.html_body = true}), (Json{{"2", html}}));
  EXPECT_EQ(values_of(stored, {.text_body = true, .html_body = true}), (Json{{"1", plain}, {"2", html}}));
  EXPECT_EQ(values_of(stored, {.all = true}), (Json{{"1", plain}, {"2", html}}));
}

TEST(BodyValues, TruncationKeepsUtf8AndTags) {
  const Stored stored(kMixed);
  const Json values = values_of(stored, {.all = true, .max_octets = 4});
  EXPECT_EQ(values.at("1"), (Json{{"value", "caf"}, {"isEncodingProblem", false}, {"isTruncated", true}}));
  EXPECT_EQ(values.at("2"), (Json{{"value", "<p>c"}, {"isEncodingProblem", false}, {"isTruncated", true}}));
  EXPECT_EQ(values_of(stored, {.all = true, .max_octets = 5}).at("1").at("isTruncated"), false);
}

TEST(BodyValues, MalformedTextIsReplacedAndReported) {
  const Stored stored("Content-Type: text/plain; charset=utf-8\r\n\r\na\xFFz\r\n");
  const Json value = values_of(stored, {.all = true}).at("1");
  EXPECT_EQ(value.at("value"), "a\xEF\xBF\xBDz\n");
  EXPECT_EQ(value.at("isEncodingProblem"), true);
  const Stored good("Content-Type: text/plain; charset=utf-8\r\n\r\na\xC3\xBFz\r\n");
  EXPECT_EQ(values_of(good, {.all = true}).at("1").at("isEncodingProblem"), false);
}

TEST(BodyValues, UnknownTransferEncodingIsAProblem) {
  const Stored stored("Content-Type: text/plain\r\nContent-Transfer-Encoding: uuencode\r\n\r\nabc\r\n");
  EXPECT_EQ(values_of(stored, {.all = true}).at("1"),
            (Json{{"value", "abc\n"}, {"isEncodingProblem", true}, {"isTruncated", false}}));
}

TEST(EmailBody, OctetsThatAreNoTextNeverBreakTheJson) {
  std::string message = "Subject: \xFF\xFE\r\nFrom: \xE9 <\xE9@example.com>\r\nMessage-ID: <\xE9@x>\r\n";
  message += "Content-Type: text/pl\xE9in; name=\"\xE9\"; charset=\"\xE9\"\r\nContent-ID: <\xE9>\r\n";
  message += "Content-Language: \xE9\r\nContent-Location: \xE9\r\nContent-Disposition: \xE9; filename=\"\xE9\"\r\n";
  message += std::string("X-\xE9: a\0b\r\n\r\n", 13) + "body \xE9\r\n";
  const Stored stored(message);
  EmailSelection selection{
      .parts = select_part_properties({"partId", "name", "type", "charset", "disposition", "cid", "language",
                                       "location", "headers", "header:Content-ID:asText", "header:X-A:asText"}),
      .values = {.all = true}};
  select_default_properties(selection);
  select_properties(selection, {"headers", "bodyStructure", "header:Subject:asText", "header:From:asGroupedAddresses"},
                    SmimeVerify::kUsed);
  const Json email = stored.render(selection);
  EXPECT_NO_THROW(EXPECT_TRUE(valid_utf8(email.dump())));  // the strict handler throws on what is no UTF-8
}

}  // namespace
}  // namespace waxseal::jmapd
