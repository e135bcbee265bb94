// Mailbox/set, Email/set and Email/import over a database with mail.
#include <gtest/gtest.h>

#include "support/database_invariants.h"
#include "unit/jmapd/mail_account.h"

namespace waxseal::jmapd {
namespace {

Json email_of(MailAccount& mail, const Json& id, Json properties) {
  return mail.call("Email/get", {{"ids", Json::array({id})}, {"properties", std::move(properties)}}).at("list").at(0);
}

TEST(EmailSet, PatchesAndDestroys) {
  MailAccount mail;
  const std::string one = to_wire(mail.deliver_plain("one")), two = to_wire(mail.deliver_plain("two"));
  const std::string inbox = to_wire(mail.mailbox("inbox")), trash = to_wire(mail.mailbox("trash"));
  const Json answer = mail.call(
      "Email/set",
      {{"update", {{one, {{"keywords/$Seen", true}, {"mailboxIds/" + inbox, nullptr}, {"mailboxIds/" + trash, true}}}}},
       {"destroy", {two}}});
  EXPECT_EQ(answer.at("updated"), Json({{one, nullptr}}));
  EXPECT_EQ(answer.at("destroyed"), Json::array({two}));
  const Json now = email_of(mail, one, {"keywords", "mailboxIds"});
  EXPECT_EQ(now.at("keywords"), Json({{"$seen", true}}));
  EXPECT_EQ(now.at("mailboxIds"), Json({{trash, true}}));
  const Json changes = mail.call("Email/changes", {{"sinceState", answer.at("oldState")}});
  EXPECT_EQ(changes.at("updated"), Json::array({one}));
  EXPECT_EQ(changes.at("destroyed"), Json::array({two}));
  EXPECT_EQ(changes.at("newState"), answer.at("newState"));
  EXPECT_EQ(test::broken_invariants(mail.sql()), "");
}

TEST(MailboxSet, CreatesATreeByReference) {
  MailAccount mail;
  const Json answer = mail.call(
      "Mailbox/set", {{"create", {{"a", {{"name", "child"}, {"parentId", "#z"}}}, {"z", {{"name", "parent"}}}}}});
  ASSERT_EQ(answer.at("notCreated"), nullptr) << answer.dump();
  const Json child = answer.at("created").at("a"), parent = answer.at("created").at("z");
  EXPECT_EQ(child.at("parentId"), parent.at("id"));
  EXPECT_EQ(parent.at("totalEmails"), 0);
  EXPECT_FALSE(parent.contains("name"));
  EXPECT_EQ(mail.call("Mailbox/set", {{"destroy", {parent.at("id")}}})
                .at("notDestroyed")
                .at(parent.at("id").get<std::string>())
                .at("type"),
            "mailboxHasChild");
  EXPECT_EQ(test::broken_invariants(mail.sql()), "");
}

TEST(EmailImport, StoresAndJudgesTheBlobOfAnotherEmail) {
  MailAccount mail;
  const std::string first = to_wire(mail.deliver_plain("one"));
  const std::string blob = email_of(mail, first, {"blobId"}).at("blobId");
  const std::string archive = to_wire(mail.mailbox("archive"));
  const Json wanted{{"blobId", blob},
                    {"mailboxIds", {{archive, true}}},
                    {"keywords", {{"$seen", true}}},
                    {"receivedAt", "2026-01-02T03:04:05Z"}};
  const Json answer = mail.call("Email/import", {{"emails", {{"k", wanted}}}});
  ASSERT_EQ(answer.at("notCreated"), nullptr) << answer.dump();
  const Json now =
      email_of(mail, answer.at("created").at("k").at("id"), {"blobId", "receivedAt", "mailboxIds", "keywords"});
  EXPECT_EQ(now.at("blobId"), blob);
  EXPECT_EQ(now.at("receivedAt"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(now.at("mailboxIds"), Json({{archive, true}}));
  EXPECT_EQ(mail.sql().value("SELECT count(*) FROM email_meta WHERE NOT received_at_trusted"), "1");
  EXPECT_EQ(test::broken_invariants(mail.sql()), "");

  Json wrong = wanted;
  wrong["mailboxIds"] = {{"m999999", true}};
  EXPECT_EQ(mail.call("Email/import", {{"emails", {{"k", wrong}}}}).at("notCreated").at("k").at("properties"),
            Json::array({"mailboxIds"}));
  wrong = wanted;
  wrong["blobId"] = "b" + std::string(64, '0');
  EXPECT_EQ(mail.call("Email/import", {{"emails", {{"k", wrong}}}}).at("notCreated").at("k").at("properties"),
            Json::array({"blobId"}));
  EXPECT_EQ(mail.refusal("Email/import", {{"emails", {{"k", wanted}}}, {"ifInState", "0.0"}}), "stateMismatch");
}

}  // namespace
}  // namespace waxseal::jmapd
