// Mailbox/get, Thread/get, Email/get and the /changes over a database with mail.
#include <gtest/gtest.h>

#include "jmapd/blob_id.h"
#include "unit/jmapd/mail_account.h"

namespace waxseal::jmapd {
namespace {

Json wire(std::initializer_list<EmailId> ids) {
  Json list = Json::array();
  for (const auto id : ids) list.push_back(to_wire(id));
  return list;
}

std::set<std::string> names_of(const Json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

// --- Mailbox/get
// -----------------------------------------------------------------------------------------------------------

TEST(MailboxGet, NullIdsGiveEveryMailboxWithEveryProperty) {
  MailAccount mail;
  mail.deliver_plain("one");
  const Json answer = mail.call("Mailbox/get", {{"ids", nullptr}});
  EXPECT_EQ(answer.at("accountId"), to_wire(mail.id()));
  EXPECT_EQ(answer.at("notFound"), Json::array());
  ASSERT_FALSE(answer.at("list").empty());
  const std::set<std::string> expected{"id",          "name",         "parentId",     "role",          "sortOrder",
                                       "totalEmails", "unreadEmails", "totalThreads", "unreadThreads", "myRights",
                                       "isSubscribed"};
  for (const Json& mailbox : answer.at("list")) {
    EXPECT_EQ(names_of(mailbox), expected);
    const std::int64_t count = mailbox.at("role") == "inbox" ? 1 : 0;
    for (const char* name : {"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"}) {
      EXPECT_EQ(mailbox.at(name), count) << mailbox.at("role") << " " << name;
    }
  }
}

TEST(MailboxGet, TheOwnerMayDoEverythingButDestroyTheInboxAndSubmit) {
  MailAccount mail;
  const Json answer = mail.call("Mailbox/get");
  ASSERT_FALSE(answer.at("list").empty());
  for (const Json& mailbox : answer.at("list")) {
    for (const auto& [right, value] : mailbox.at("myRights").items()) {
      const bool stays = right == "mayDelete" && mailbox.at("role") == "inbox";
      EXPECT_EQ(value, right != "maySubmit" && !stays) << right;
    }
    EXPECT_EQ(mailbox.at("myRights").size(), 9U);
  }
}

TEST(MailboxGet, ChosenIdsAndProperties) {
  MailAccount mail;
  const std::string inbox = to_wire(mail.mailbox("inbox"));
  const Json answer =
      mail.call("Mailbox/get", {{"ids", {inbox, "m999999", "x", inbox}}, {"properties", Json::array({"role"})}});
  EXPECT_EQ(answer.at("list"), Json::array({{{"id", inbox}, {"role", "inbox"}}}));
  EXPECT_EQ(answer.at("notFound"), Json::array({"m999999", "x"}));
}

TEST(MailboxGet, ArgumentsAreReadStrictly) {
  MailAccount mail;
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"ids", Json::array()}}), "");
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"ids", Json::array({"a b"})}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"ids", "m1"}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"properties", Json::array({"colour"})}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"fetch", true}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"accountId", "a999999"}}), "accountNotFound");
  mail.limits().max_objects_in_get = 2;
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"ids", {"m1", "m2", "m1"}}}), "");
  EXPECT_EQ(mail.refusal("Mailbox/get", {{"ids", {"m1", "m2", "m3"}}}), "requestTooLarge");
}

// --- Email/get
// -------------------------------------------------------------------------------------------------------------

TEST(EmailGet, ListsWhatIsThereAndNamesWhatIsNot) {
  MailAccount mail;
  const EmailId one = mail.deliver_plain("one");
  const EmailId two = mail.deliver_plain("two");
  const Json answer =
      mail.call("Email/get", {{"ids", {to_wire(two), "e999999", "nonsense", to_wire(one), to_wire(two)}},
                              {"properties", Json::array({"subject"})}});
  EXPECT_EQ(answer.at("list"),
            Json::array({{{"id", to_wire(two)}, {"subject", "two"}}, {{"id", to_wire(one)}, {"subject", "one"}}}));
  EXPECT_EQ(answer.at("notFound"), Json::array({"e999999", "nonsense"}));
  EXPECT_EQ(answer.at("state"), mail.call("Email/get", {{"ids", Json::array()}}).at("state"));
}

TEST(EmailGet, OtherAccountsMailIsNotThere) {
  MailAccount mail;
  const EmailId one = mail.deliver_plain("one");
  const AccountId other = mail.create("bob@example.org");
  EXPECT_EQ(mail.refusal("Email/get", {{"accountId", to_wire(other)}, {"ids", wire({one})}}), "accountNotFound");
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", wire({one})}}), "");
}

TEST(EmailGet, NullIdsGiveAllUnlessTheyAreTooMany) {
  MailAccount mail;
  mail.deliver_plain("one");
  mail.deliver_plain("two");
  EXPECT_EQ(mail.call("Email/get", {{"properties", Json::array()}}).at("list").size(), 2U);
  mail.limits().max_objects_in_get = 1;
  EXPECT_EQ(mail.refusal("Email/get", {{"properties", Json::array()}}), "requestTooLarge");
}

TEST(EmailGet, DefaultPropertiesOfAStoredMessage) {
  MailAccount mail;
  const EmailId id = mail.deliver_plain("Lunch");
  const Json email = mail.call("Email/get", {{"ids", wire({id})}, {"fetchTextBodyValues", true}}).at("list").at(0);
  EXPECT_EQ(email.at("subject"), "Lunch");
  EXPECT_EQ(email.at("from"), Json::parse(R"([{"name": "Bob", "email": "bob@example.net"}])"));
  EXPECT_EQ(email.at("receivedAt"), "2026-06-01T08:00:00Z");
  EXPECT_EQ(email.at("mailboxIds"), (Json{{to_wire(mail.mailbox("inbox")), true}}));
  EXPECT_EQ(email.at("keywords"), Json::object());
  EXPECT_EQ(email.at("bodyValues").at("1").at("value"), "Text of Lunch.\n");
  EXPECT_EQ(email.at("textBody").at(0).at("blobId"), email.at("blobId").get<std::string>() + "-1");
  EXPECT_FALSE(email.contains("smimeStatus"));
  EXPECT_FALSE(email.contains("bodyStructure"));
}

TEST(EmailGet, ConveniencesEqualTheHeaderFormsThatTheyAreShortFor) {
  MailAccount mail;
  const EmailId id = mail.deliver(
      "From: \"J. Doe\" <j@example.net>, k@example.net\r\nSender: j@example.net\r\nTo: Friends: a@x, B <b@x>;\r\n"
      "Cc: c@x\r\nReply-To: d@x\r\nSubject: =?utf-8?q?caf=C3=A9?=  au lait\r\nDate: Tue, 1 Jul 2003 10:52:37 +0200\r\n"
      "Message-ID: <m@x>\r\nIn-Reply-To: <p@x>\r\nReferences: <o@x> <p@x>\r\n\r\nx\r\n");
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"from", "header:From:asAddresses"},
      {"sender", "header:Sender:asAddresses"},
      {"to", "header:To:asAddresses"},
      {"cc", "header:Cc:asAddresses"},
      {"bcc", "header:Bcc:asAddresses"},
      {"replyTo", "header:Reply-To:asAddresses"},
      {"subject", "header:Subject:asText"},
      {"sentAt", "header:Date:asDate"},
      {"messageId", "header:Message-ID:asMessageIds"},
      {"inReplyTo", "header:In-Reply-To:asMessageIds"},
      {"references", "header:References:asMessageIds"},
  };
  Json names = Json::array();
  for (const auto& [name, header] : pairs) {
    names.push_back(name);
    names.push_back(header);
  }
  const Json email = mail.call("Email/get", {{"ids", wire({id})}, {"properties", names}}).at("list").at(0);
  for (const auto& [name, header] : pairs) EXPECT_EQ(email.at(name), email.at(header)) << name;
  EXPECT_EQ(email.at("sentAt"), "2003-07-01T10:52:37+02:00");
}

// The last of `fields` header fields, more than one read of the store away, and a large body behind it.
Json last_field(MailAccount& mail, int fields) {
  std::string message;
  for (int i = 1; i < fields; ++i) message += "X-Filler: " + std::string(60, 'x') + "\r\n";
  EXPECT_GT(message.size(), 64U * 1024U);
  const EmailId id = mail.deliver(message + "X-Last: here\r\n\r\n" + std::string(700'000, 'b'));
  return mail.call("Email/get", {{"ids", wire({id})}, {"properties", Json::array({"header:x-last:asText"})}})
      .at("list")
      .at(0)
      .at("header:x-last:asText");
}

TEST(EmailGet, HeaderSectionIsReadAsFarAsItsLimitGoes) {
  MailAccount mail;
  EXPECT_EQ(last_field(mail, 2000), "here");
  EXPECT_EQ(last_field(mail, 2001), nullptr);  // mime::HeaderLimits::fields
}

TEST(EmailGet, LargeBodyComesBackWhole) {
  MailAccount mail;
  std::string body;
  while (body.size() < 3'000'000) body += std::to_string(body.size()) + "\r\n";
  const EmailId id = mail.deliver("Subject: large\r\n\r\n" + body);
  const Json email = mail.call("Email/get", {{"ids", wire({id})},
                                             {"properties", Json::array({"bodyValues", "size"})},
                                             {"fetchAllBodyValues", true}})
                         .at("list")
                         .at(0);
  std::string expected = body;
  std::erase(expected, '\r');
  EXPECT_EQ(email.at("size"), body.size() + 18);
  EXPECT_TRUE(email.at("bodyValues").at("1").at("value") == expected);
}

TEST(EmailGet, ArgumentsAreReadStrictly) {
  MailAccount mail;
  const Json none = Json::array();
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", none}, {"maxBodyValueBytes", 0}}), "");
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", none}, {"maxBodyValueBytes", -1}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", none}, {"fetchTextBodyValues", 1}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", none}, {"bodyProperties", Json::array({"colour"})}}),
            "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", none}, {"properties", Json::array({"date"})}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/get", {{"ids", none}, {"fetchtextbodyvalues", true}}), "invalidArguments");
}

// --- RFC 9219 section 4.1
// ----------------------------------------------------------------------------------------------------

constexpr const char* kSmime = R"(["smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"])";

constexpr std::string_view kSigned = "2026-07-01T12:00:00Z";  // test::default_now(), the signing time of test mail

Json smime_of(MailAccount& mail, EmailId id) {
  Json email = mail.call("Email/get", {{"ids", wire({id})}, {"properties", Json::parse(kSmime)}}).at("list").at(0);
  email.erase("id");
  return email;
}

TEST(EmailGetSmime, VerifiedMessage) {
  MailAccount mail;
  const EmailId id = mail.deliver(test::clear_signed_mail({.cert = test::alice()}), kSigned);
  EXPECT_EQ(smime_of(mail, id), (Json{{"smimeStatus", "signed/verified"},
                                      {"smimeStatusAtDelivery", "signed/verified"},
                                      {"smimeErrors", nullptr},
                                      {"smimeVerifiedAt", format_utc_date(test::default_now())}}));
}

TEST(EmailGetSmime, OneChangedOctetFails) {
  MailAccount mail;
  std::string message = test::clear_signed_mail({.cert = test::alice()});
  const auto at = message.find("this is signed");
  ASSERT_NE(at, std::string::npos);
  message[at] = 'T';
  EXPECT_EQ(smime_of(mail, mail.deliver(message, kSigned)),
            (Json{{"smimeStatus", "signed/failed"},
                  {"smimeStatusAtDelivery", "signed/failed"},
                  {"smimeErrors", Json::array({"The message was modified after it was signed"})},
                  {"smimeVerifiedAt", format_utc_date(test::default_now())}}));
}

TEST(EmailGetSmime, SenderThatTheCertificateDoesNotNameFails) {
  MailAccount mail;
  const EmailId id = mail.deliver(test::clear_signed_mail({.cert = test::alice()}, "mallory@example.org"), kSigned);
  EXPECT_EQ(smime_of(mail, id).at("smimeStatus"), "signed/failed");
  EXPECT_EQ(smime_of(mail, id).at("smimeErrors"), Json::array({"From email address doesn't match the certificate"}));
}

TEST(EmailGetSmime, UnsignedMessageHasFourNulls) {
  MailAccount mail;
  EXPECT_EQ(smime_of(mail, mail.deliver_plain("plain")), (Json{{"smimeStatus", nullptr},
                                                               {"smimeStatusAtDelivery", nullptr},
                                                               {"smimeErrors", nullptr},
                                                               {"smimeVerifiedAt", nullptr}}));
}

TEST(EmailGetSmime, WithoutTheCapabilityThePropertiesDoNotExist) {
  MailAccount mail;
  const Json arguments{{"ids", Json::array()}, {"properties", Json::parse(kSmime)}};
  EXPECT_EQ(mail.refusal("Email/get", arguments), "");
  mail.without_smime_verify();
  EXPECT_EQ(mail.refusal("Email/get", arguments), "invalidArguments");
}

// --- Thread/get
// ------------------------------------------------------------------------------------------------------------

EmailId deliver_reply(MailAccount& mail, const std::string& id, const std::string& in_reply_to,
                      std::string_view received) {
  return mail.deliver("From: bob@example.net\r\nSubject: " + std::string(in_reply_to.empty() ? "" : "Re: ") +
                          "Plan\r\nMessage-ID: <" + id + ">\r\n" +
                          (in_reply_to.empty() ? "" : "In-Reply-To: <" + in_reply_to + ">\r\n") + "\r\nx\r\n",
                      received);
}

TEST(ThreadGet, EmailsOfAThreadOldestFirst) {
  MailAccount mail;
  const EmailId first = deliver_reply(mail, "1@x", "", "2026-06-01T08:00:00Z");
  const EmailId third = deliver_reply(mail, "3@x", "1@x", "2026-06-03T08:00:00Z");
  const EmailId second = deliver_reply(mail, "2@x", "1@x", "2026-06-02T08:00:00Z");
  const EmailId other = mail.deliver_plain("Something else");
  const Json emails =
      mail.call("Email/get", {{"ids", wire({first, other})}, {"properties", Json::array({"threadId"})}});
  const std::string thread = emails.at("list").at(0).at("threadId");
  const std::string alone = emails.at("list").at(1).at("threadId");
  const Json answer = mail.call("Thread/get", {{"ids", {thread, "t999999", alone}}});
  EXPECT_EQ(answer.at("list"), Json::array({{{"id", thread}, {"emailIds", wire({first, second, third})}},
                                            {{"id", alone}, {"emailIds", wire({other})}}}));
  EXPECT_EQ(answer.at("notFound"), Json::array({"t999999"}));
}

TEST(ThreadGet, NullIdsGiveEveryThreadOnce) {
  MailAccount mail;
  deliver_reply(mail, "1@x", "", "2026-06-01T08:00:00Z");
  deliver_reply(mail, "2@x", "1@x", "2026-06-02T08:00:00Z");
  mail.deliver_plain("Something else");
  EXPECT_EQ(mail.call("Thread/get").at("list").size(), 2U);
  mail.limits().max_objects_in_get = 1;
  EXPECT_EQ(mail.refusal("Thread/get"), "requestTooLarge");
}

// --- /changes
// --------------------------------------------------------------------------------------------------------------

std::string state_of(MailAccount& mail, const std::string& type) {
  return mail.call(type + "/get", {{"ids", Json::array()}}).at("state");
}

TEST(EmailChanges, CreatedSinceTheStateOfAGet) {
  MailAccount mail;
  mail.deliver_plain("one");
  const std::string before = state_of(mail, "Email");
  const EmailId two = mail.deliver_plain("two");
  const Json changes = mail.call("Email/changes", {{"sinceState", before}});
  EXPECT_EQ(changes.at("oldState"), before);
  EXPECT_EQ(changes.at("newState"), state_of(mail, "Email"));
  EXPECT_EQ(changes.at("hasMoreChanges"), false);
  EXPECT_EQ(changes.at("created"), wire({two}));
  EXPECT_EQ(changes.at("updated"), Json::array());
  EXPECT_EQ(changes.at("destroyed"), Json::array());
}

TEST(EmailChanges, PagesNeitherMissNorRepeat) {
  MailAccount mail;
  const std::string before = state_of(mail, "Email");
  Json expected = Json::array();
  for (int i = 0; i < 5; ++i) expected.push_back(to_wire(mail.deliver_plain(std::to_string(i))));
  Json seen = Json::array();
  std::string since = before;
  for (bool more = true; more;) {
    const Json page = mail.call("Email/changes", {{"sinceState", since}, {"maxChanges", 2}});
    EXPECT_LE(page.at("created").size(), 2U);
    for (const Json& id : page.at("created")) seen.push_back(id);
    since = page.at("newState");
    more = page.at("hasMoreChanges");
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(since, state_of(mail, "Email"));
}

TEST(EmailChanges, ArgumentsAreReadStrictly) {
  MailAccount mail;
  const std::string state = state_of(mail, "Email");
  EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", state}}), "");
  EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", state}, {"maxChanges", nullptr}}), "");
  EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", state}, {"maxChanges", 0}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", state}, {"maxChanges", -1}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", state}, {"max", 1}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/changes"), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", 1}}), "invalidArguments");
  for (const char* since : {"", "nonsense", "0.0", "1.99999999999999999999", "999999.1"}) {
    EXPECT_EQ(mail.refusal("Email/changes", {{"sinceState", since}}), "cannotCalculateChanges") << since;
  }
}

TEST(MailboxChanges, DeliveryChangesOnlyCounts) {
  MailAccount mail;
  const std::string before = state_of(mail, "Mailbox");
  mail.deliver_plain("one");
  const Json changes = mail.call("Mailbox/changes", {{"sinceState", before}});
  EXPECT_EQ(changes.at("updated"), Json::array({to_wire(mail.mailbox("inbox"))}));
  EXPECT_EQ(changes.at("updatedProperties"),
            Json::array({"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"}));
  const Json none = mail.call("Mailbox/changes", {{"sinceState", changes.at("newState")}});
  EXPECT_EQ(none.at("updated"), Json::array());
  EXPECT_EQ(none.at("updatedProperties"), nullptr);
}

TEST(ThreadChanges, NewThreadIsCreatedAndReplyUpdatesIt) {
  MailAccount mail;
  const std::string before = state_of(mail, "Thread");
  deliver_reply(mail, "1@x", "", "2026-06-01T08:00:00Z");
  const Json first = mail.call("Thread/changes", {{"sinceState", before}});
  ASSERT_EQ(first.at("created").size(), 1U);
  deliver_reply(mail, "2@x", "1@x", "2026-06-02T08:00:00Z");
  const Json second = mail.call("Thread/changes", {{"sinceState", first.at("newState")}});
  EXPECT_EQ(second.at("created"), Json::array());
  EXPECT_EQ(second.at("updated"), first.at("created"));
}

}  // namespace
}  // namespace waxseal::jmapd
