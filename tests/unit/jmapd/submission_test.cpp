// Identity and EmailSubmission over a database with mail; what the relay does is in
// tests/integration/submission_test.py.
#include <gtest/gtest.h>

#include "jmapd/new_submission.h"
#include "support/database_invariants.h"
#include "unit/jmapd/sender.h"

namespace waxseal::jmapd {
namespace {

TEST(Identity, EachAddressHasOneThatCannotBeDestroyed) {
  MailAccount mail;
  const Json before = mail.call("Identity/get", {{"ids", nullptr}});
  ASSERT_EQ(before.at("list").size(), 1U);
  EXPECT_EQ(before.at("list")[0].at("email"), "alice@example.org");
  EXPECT_EQ(before.at("list")[0].at("mayDelete"), false);
  ASSERT_TRUE(store::add_address(mail.database(), mail.id(), "@example.com"));
  const Json changes = mail.call("Identity/changes", {{"sinceState", before.at("state")}});
  ASSERT_EQ(changes.at("created").size(), 1U);
  const Json added = mail.call("Identity/get", {{"ids", changes.at("created")}}).at("list").at(0);
  EXPECT_EQ(added.at("email"), "*@example.com");
  const std::string id = added.at("id");
  const Json destroyed = mail.call("Identity/set", {{"destroy", {id}}});
  EXPECT_EQ(destroyed.at("notDestroyed").at(id).at("type"), "forbidden");
  EXPECT_EQ(test::broken_invariants(mail.sql()), "");
}

TEST(Identity, SetMakesChangesAndDestroys) {
  MailAccount mail;
  const Json object = {{"name", "Alice"},
                       {"email", "alice+list@example.org"},
                       {"replyTo", {{{"name", nullptr}, {"email", "a@example.net"}}}},
                       {"textSignature", "-- \nA"}};
  const Json answer = mail.call("Identity/set", {{"create", {{"k", object}}}});
  ASSERT_EQ(answer.at("notCreated"), nullptr) << answer.dump();
  const std::string id = answer.at("created").at("k").at("id");
  const Json updated = mail.call("Identity/set", {{"update", {{id, {{"name", "B"}, {"bcc", nullptr}}}}}});
  EXPECT_TRUE(updated.at("updated").contains(id)) << updated.dump();
  const Json now = mail.call("Identity/get", {{"ids", Json::array({id})}}).at("list").at(0);
  EXPECT_EQ(now.at("name"), "B");
  EXPECT_EQ(now.at("replyTo"), object.at("replyTo"));
  EXPECT_EQ(now.at("mayDelete"), true);
  EXPECT_EQ(mail.call("Identity/set", {{"destroy", {id}}}).at("destroyed"), Json::array({id}));
  const Json changes = mail.call("Identity/changes", {{"sinceState", updated.at("newState")}});
  EXPECT_EQ(changes.at("destroyed"), Json::array({id}));
}

TEST(Identity, SetRefuses) {
  MailAccount mail;
  const auto refused = [&](const Json& object) {
    return mail.call("Identity/set", {{"create", {{"k", object}}}}).at("notCreated").at("k").at("type");
  };
  EXPECT_EQ(refused({{"email", "bob@example.net"}}), "forbiddenFrom");
  EXPECT_EQ(refused({{"email", "*@example.org"}}), "forbiddenFrom");  // one address of it is ours, not the domain
  EXPECT_EQ(refused({{"name", "no address"}}), "invalidProperties");
  EXPECT_EQ(refused({{"email", "alice@example.org"}, {"mayDelete", true}}), "invalidProperties");
  EXPECT_EQ(refused({{"email", "alice@example.org"}, {"replyTo", {{{"email", "a\r\nb@c"}}}}}), "invalidProperties");
  const std::string id = mail.call("Identity/get", {{"ids", nullptr}}).at("list").at(0).at("id");
  const Json update = mail.call("Identity/set", {{"update", {{id, {{"email", "x@example.org"}}}}}});
  EXPECT_EQ(update.at("notUpdated").at(id).at("properties"), Json::array({"email"}));
  EXPECT_EQ(mail.refusal("Identity/set", {{"ifInState", "1.1"}, {"destroy", {id}}}), "stateMismatch");
}

TEST(EmailSubmission, DerivesTheEnvelope) {
  Sender sender;
  const std::string email = sender.draft("From: alice@example.org\r\n" + kTo + "Bcc: dave@example.net\r\n");
  const Json made = sender.made(sender.wanted(email));
  EXPECT_EQ(made.at("undoStatus"), "pending");
  EXPECT_EQ(made.at("sendAt"), format_utc_date(sender.mail.clock().now()));
  EXPECT_EQ(made.at("envelope").at("mailFrom"), (Json{{"email", "alice@example.org"}, {"parameters", nullptr}}));
  std::vector<std::string> to;
  for (const Json& one : made.at("envelope").at("rcptTo")) to.push_back(one.at("email"));
  EXPECT_EQ(to, (std::vector<std::string>{"bob@example.net", "carol@example.net", "dave@example.net"}));
  EXPECT_EQ(sender.get(made.at("id")).at("emailId"), email);
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
}

TEST(EmailSubmission, TheIdentitysAddressStandsInForASenderThatItDoesNotAllow) {
  Sender sender;
  const Json made = sender.made(sender.wanted(sender.draft("From: alice+x@example.org\r\n" + kTo)));
  EXPECT_EQ(made.at("envelope").at("mailFrom").at("email"), "alice@example.org");
}

TEST(EmailSubmission, HasEveryRefusalOfTheRfc) {
  Sender sender;
  const std::string good = sender.draft();
  const auto type = [&](const Json& object) { return sender.type(object); };
  const auto with = [&](const std::string& email, const Json& envelope) {
    Json object = sender.wanted(email);
    object["envelope"] = envelope;
    return object;
  };
  EXPECT_EQ(sender.refused(sender.wanted(good)), Json());  // the twin of all that follow
  EXPECT_EQ(sender.refused({{"identityId", "i999999"}, {"emailId", "e999999"}}).at("properties"),
            Json::array({"identityId", "emailId"}));
  EXPECT_EQ(type(with(good, {{"mailFrom", {{"email", "nonsense"}}}, {"rcptTo", Json::array()}})), "invalidProperties");
  EXPECT_EQ(type(with(good, Sender::envelope("alice@example.org", {"b@example.net"}))), "");
  EXPECT_EQ(type(with(good, Sender::envelope("", {"b@example.net"}))), "");  // a report
  EXPECT_EQ(type(with(good, Sender::envelope("bob@example.net", {"b@example.net"}))), "forbiddenMailFrom");
  EXPECT_EQ(type(sender.wanted(sender.draft("From: bob@example.net\r\n" + kTo))), "forbiddenFrom");
  EXPECT_EQ(type(sender.wanted(sender.draft("From: alice@example.org\r\n"))), "noRecipients");
  EXPECT_EQ(sender.refused(with(good, Sender::envelope("alice@example.org", {"b@example.net", "b c@d", "x"})))
                .at("invalidRecipients"),
            Json::array({"b c@d", "x"}));
  EXPECT_EQ(sender.refused(sender.wanted(sender.draft(kTo))).at("properties"), Json::array({"from"}));
  EXPECT_EQ(type(sender.wanted(sender.draft(kTo))), "invalidEmail");
  EXPECT_EQ(type(sender.wanted(sender.draft("From: alice@example.org\r\nBcc : x@example.net\r\n" + kTo))),
            "invalidEmail");
  SubmissionRules& rules = sender.mail.limits().submission;
  rules.max_recipients = 1;
  EXPECT_EQ(sender.refused(sender.wanted(good)).at("maxRecipients"), 1);
  EXPECT_EQ(type(sender.wanted(good)), "tooManyRecipients");
  rules = {};
  rules.max_message_octets = 10;
  EXPECT_EQ(sender.refused(sender.wanted(good)).at("maxSize"), 10);
  EXPECT_EQ(type(sender.wanted(good)), "tooLarge");
  rules = {};
  rules.forbidden = {"alice@example.org"};
  EXPECT_EQ(type(sender.wanted(good)), "forbiddenToSend");
  rules = {};
  EXPECT_EQ(type(sender.wanted(good)), "");
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
}

TEST(EmailSubmission, AddressesCannotCarryCommands) {
  Sender sender;
  const std::string good = sender.draft();
  for (const char* address :
       {"a@b\r\nRCPT TO:<x@y>", "a> NOTIFY=NEVER <b@c", "\"\\\\\"> X=1@c", "@relay:a@b", "a@-b", "a..b@c"}) {
    Json object = sender.wanted(good);
    object["envelope"] = Sender::envelope("alice@example.org", {address});
    EXPECT_EQ(sender.type(object), "invalidRecipients") << address;
  }
  for (const char* address : {"\"a b\"@c", "o'neil+x@example.net", "j\xc3\xb6rg@example.net", "a@[127.0.0.1]"}) {
    Json object = sender.wanted(good);
    object["envelope"] = Sender::envelope("alice@example.org", {address});
    EXPECT_EQ(sender.refused(object), Json()) << address;
  }
}

TEST(EmailSubmission, ParametersMustBeOffered) {
  Sender sender;
  const auto with = [&](const Json& from, const Json& to) {
    Json object = sender.wanted(sender.draft());
    object["envelope"] = {{"mailFrom", {{"email", "alice@example.org"}, {"parameters", from}}},
                          {"rcptTo", {{{"email", "b@example.net"}, {"parameters", to}}}}};
    return object;
  };
  const Json dsn = with({{"RET", "HDRS"}}, {{"NOTIFY", "NEVER"}});
  EXPECT_EQ(sender.type(dsn), "invalidProperties");
  sender.mail.limits().submission.extensions["DSN"] = {};
  EXPECT_EQ(sender.refused(dsn), Json());
  EXPECT_EQ(sender.type(with({{"RET", "A B"}}, nullptr)), "invalidProperties");
  EXPECT_EQ(sender.type(with({{"AUTH", "x"}}, nullptr)), "invalidProperties");
}

TEST(EmailSubmission, WaitsForItsTime) {
  Sender sender;
  const auto held = [&](const char* name, const std::string& value) {
    Json object = sender.wanted(sender.draft());
    object["envelope"] = Sender::envelope("alice@example.org", {"b@example.net"});
    object["envelope"]["mailFrom"]["parameters"] = {{name, value}};
    return object;
  };
  const Time now = sender.mail.clock().now();
  const Json made = sender.made(held("HOLDFOR", "3600"));
  EXPECT_EQ(made.at("sendAt"), format_utc_date(now + Seconds(3600)));
  EXPECT_EQ(made.at("envelope").at("mailFrom").at("parameters"), (Json{{"HOLDFOR", "3600"}}));
  EXPECT_EQ(sender.made(held("HOLDUNTIL", format_utc_date(now + Seconds(60)))).at("sendAt"),
            format_utc_date(now + Seconds(60)));
  EXPECT_EQ(sender.type(held("HOLDFOR", "99999999")), "invalidProperties");
  EXPECT_EQ(sender.type(held("HOLDFOR", "-1")), "invalidProperties");
  auto& database = sender.mail.database();
  EXPECT_EQ(store::claim_outgoing(database, now, now + Seconds(10), 9).size(), 0U);
  EXPECT_EQ(store::claim_outgoing(database, now + Seconds(61), now + Seconds(100), 9).size(), 1U);
  sender.mail.limits().submission.max_delayed_send = Seconds(0);
  EXPECT_EQ(sender.type(held("HOLDFOR", "1")), "invalidProperties");
}

TEST(EmailSubmission, IsCanceledUntilSomebodyMayHaveIt) {
  Sender sender;
  auto& database = sender.mail.database();
  const Time now = sender.mail.clock().now();
  const auto cancel = [&](const std::string& id) {
    return sender.mail.call("EmailSubmission/set", {{"update", {{id, {{"undoStatus", "canceled"}}}}}});
  };
  const std::string free = sender.made(sender.wanted(sender.draft())).at("id");
  EXPECT_TRUE(cancel(free).at("updated").contains(free));
  EXPECT_EQ(sender.get(free).at("undoStatus"), "canceled");
  EXPECT_TRUE(store::claim_outgoing(database, now, now + Seconds(10), 9).empty());
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");

  const std::string taken = sender.made(sender.wanted(sender.draft())).at("id");
  const auto mine = store::claim_outgoing(database, now, now + Seconds(10), 9);
  ASSERT_EQ(mine.size(), 1U);
  EXPECT_EQ(cancel(taken).at("notUpdated").at(taken).at("type"), "cannotUnsend");
  // The relay could not be reached: it can be called back again.
  EXPECT_TRUE(store::record_progress(database, mine[0], {.delivery_status = "{}", .next_try = now + Seconds(60)}));
  EXPECT_TRUE(cancel(taken).at("updated").contains(taken));

  // The program died with it: nobody knows.
  const std::string doubt = sender.made(sender.wanted(sender.draft())).at("id");
  const auto dead = store::claim_outgoing(database, now, now + Seconds(10), 9);
  ASSERT_EQ(dead.size(), 1U);
  const auto again = store::claim_outgoing(database, now + Seconds(11), now + Seconds(30), 9);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_FALSE(store::record_progress(database, dead[0], {.delivery_status = "{}", .finished = true, .next_try = now}));
  EXPECT_TRUE(store::record_progress(database, again[0], {.delivery_status = "{}", .next_try = now + Seconds(60)}));
  EXPECT_EQ(cancel(doubt).at("notUpdated").at(doubt).at("type"), "cannotUnsend");
  EXPECT_EQ(sender.get(doubt).at("undoStatus"), "pending");
  const Json other = sender.mail.call("EmailSubmission/set", {{"update", {{doubt, {{"undoStatus", "final"}}}}}});
  EXPECT_EQ(other.at("notUpdated").at(doubt).at("type"), "invalidProperties");
}

TEST(EmailSubmission, OutlivesItsEmailAndItsRecord) {
  Sender sender;
  const std::string email = sender.draft();
  const std::string id = sender.made(sender.wanted(email)).at("id");
  sender.mail.call("Email/set", {{"destroy", {email}}});
  EXPECT_EQ(sender.mail.call("EmailSubmission/set", {{"destroy", {id}}}).at("destroyed"), Json::array({id}));
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
  const Time now = sender.mail.clock().now();
  const auto due = store::claim_outgoing(sender.mail.database(), now, now + Seconds(10), 9);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(store::record_progress(sender.mail.database(), due[0],
                                     {.delivery_status = "{}", .finished = true, .any_taken = true, .next_try = now}));
  EXPECT_EQ(sender.mail.sql().value("SELECT count(*) FROM outgoing"), "0");
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
}

TEST(EmailSubmission, TheRecordOfWhatWasSentIsKeptForAWhile) {
  Sender sender;
  auto& database = sender.mail.database();
  const Time now = sender.mail.clock().now();
  const std::string sent = sender.made(sender.wanted(sender.draft())).at("id");
  for (const auto& mail : store::claim_outgoing(database, now, now + Seconds(10), 9)) {
    store::record_progress(database, mail,
                           {.delivery_status = "{}", .finished = true, .any_taken = true, .next_try = now});
  }
  const std::string waiting = sender.made(sender.wanted(sender.draft())).at("id");
  const std::string half =
      sender.made(sender.wanted(sender.draft())).at("id");  // final, but somebody is left to be tried
  sender.mail.sql().sql("UPDATE email_submissions SET undo_status = 1 WHERE submission_id = " + half.substr(1));
  const Json before = sender.mail.call("EmailSubmission/get", {{"ids", Json::array()}}).at("state");

  EXPECT_EQ(store::remove_old_submissions(database, now, 9), 0u);
  EXPECT_EQ(store::remove_old_submissions(database, now + Seconds(1), 9), 1u);
  EXPECT_EQ(store::remove_old_submissions(database, now + Seconds(1), 9), 0u);
  const Json changes = sender.mail.call("EmailSubmission/changes", {{"sinceState", before}});
  EXPECT_EQ(changes.at("destroyed"), Json::array({sent}));
  EXPECT_EQ(changes.at("created").size() + changes.at("updated").size(), 0u);
  EXPECT_EQ(sender.get(waiting).at("undoStatus"), "pending");
  EXPECT_EQ(sender.get(half).at("id"), half);
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
}

TEST(EmailSubmission, QueriesAndTheirChanges) {
  Sender sender;
  const Json first = sender.made(sender.wanted(sender.draft()));
  sender.mail.clock().advance(Seconds(60));
  const Json second = sender.made(sender.wanted(sender.draft()));
  const auto ids = [&](const Json& filter, const Json& sort) {
    return sender.mail.call("EmailSubmission/query", {{"filter", filter}, {"sort", sort}}).at("ids");
  };
  const Json newest = Json::array({{{"property", "sentAt"}, {"isAscending", false}}});
  EXPECT_EQ(ids(nullptr, newest), Json::array({second.at("id"), first.at("id")}));
  EXPECT_EQ(ids({{"after", second.at("sendAt")}}, nullptr), Json::array({second.at("id")}));
  EXPECT_EQ(ids({{"before", second.at("sendAt")}}, nullptr), Json::array({first.at("id")}));
  EXPECT_EQ(ids({{"threadIds", {first.at("threadId")}}}, nullptr), Json::array({first.at("id")}));
  EXPECT_EQ(ids({{"identityIds", Json::array()}}, nullptr), Json::array());
  const Json pending = {{"undoStatus", "pending"}};
  const Json before = sender.mail.call("EmailSubmission/query", {{"filter", pending}});
  EXPECT_EQ(before.at("ids").size(), 2U);
  const std::string id = first.at("id");
  sender.mail.call("EmailSubmission/set", {{"update", {{id, {{"undoStatus", "canceled"}}}}}});
  const Json changes =
      sender.mail.call("EmailSubmission/queryChanges",
                       {{"filter", pending}, {"sinceQueryState", before.at("queryState")}, {"calculateTotal", true}});
  EXPECT_EQ(changes.at("removed"), Json::array({id}));
  EXPECT_EQ(changes.at("added"), Json::array());
  EXPECT_EQ(changes.at("total"), 1);
  EXPECT_EQ(sender.mail.refusal("EmailSubmission/query", {{"sort", {{{"property", "envelope"}}}}}), "unsupportedSort");
  EXPECT_EQ(sender.mail.refusal("EmailSubmission/queryChanges", {{"sinceQueryState", "x"}}), "cannotCalculateChanges");
}

TEST(EmailSubmission, BccDoesNotGoOut) {
  const std::string kept = "From: a@b\r\nTo: c@d\r\n";
  const std::string body = "\r\nBcc: in the text\r\n";
  EXPECT_EQ(without_bcc("bcc: x@y,\r\n z@y\r\n" + kept + "Resent-Bcc: q@r\r\nBCC:\r\n" + body), kept + body);
  EXPECT_EQ(without_bcc(kept + body), kept + body);
}

}  // namespace
}  // namespace waxseal::jmapd
