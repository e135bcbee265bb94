// Email/query and Mailbox/query over a database with mail.
#include <gtest/gtest.h>

#include "base/text.h"
#include "unit/jmapd/mail_account.h"

namespace waxseal::jmapd {
namespace {

// Four messages: two plain ones, one verified, one that was changed after signing.
struct Inbox {
  Inbox() {
    plain = mail.deliver_plain("Lunch on Thursday", "2026-06-01T08:00:00Z");
    verified = mail.deliver(test::clear_signed_mail({.cert = test::alice()}), "2026-06-02T08:00:00Z");
    std::string changed = test::clear_signed_mail({.cert = test::alice()});
    changed[changed.find("this is signed")] = 'T';
    failed = mail.deliver(changed, "2026-06-03T08:00:00Z");
    spam = mail.deliver_plain("100%_off", "2026-06-04T08:00:00Z", "junk");
  }

  // Letters of the results in order: p v f s.
  std::string query(Json arguments) { return letters(mail.call("Email/query", std::move(arguments))); }
  std::string filter(const Json& condition) { return query({{"filter", condition}}); }
  std::string letters(const Json& answer) const {
    std::string found;
    for (const Json& id : answer.at("ids")) {
      const auto email = *email_from_wire(id.get<std::string>());
      found += email == plain ? 'p' : email == verified ? 'v' : email == failed ? 'f' : email == spam ? 's' : '?';
    }
    return found;
  }

  MailAccount mail;
  EmailId plain, verified, failed, spam;
};

TEST(EmailQuery, NewestFirstWithoutASort) {
  Inbox inbox;
  const Json answer = inbox.mail.call("Email/query");
  EXPECT_EQ(inbox.letters(answer), "sfvp");
  EXPECT_EQ(answer.at("position"), 0);
  EXPECT_EQ(answer.at("canCalculateChanges"), true);
  EXPECT_FALSE(answer.contains("total"));
  EXPECT_EQ(answer.at("queryState"), inbox.mail.call("Email/get", {{"ids", Json::array()}}).at("state"));
}

TEST(EmailQuery, Conditions) {
  Inbox inbox;
  const std::string in = to_wire(inbox.mail.mailbox("inbox"));
  const std::string junk = to_wire(inbox.mail.mailbox("junk"));
  const std::vector<std::pair<Json, std::string>> cases{
      {Json::object(), "sfvp"},
      {{{"inMailbox", in}}, "fvp"},
      {{{"inMailbox", junk}}, "s"},
      {{{"inMailbox", "m999999"}}, ""},
      {{{"inMailbox", "nowhere"}}, ""},
      {{{"inMailboxOtherThan", Json::array({junk})}}, "fvp"},
      {{{"inMailboxOtherThan", Json::array({in, junk})}}, ""},
      {{{"inMailboxOtherThan", Json::array()}}, "sfvp"},
      {{{"before", "2026-06-02T08:00:00Z"}}, "p"},
      {{{"after", "2026-06-02T08:00:00Z"}}, "sfv"},
      {{{"after", "2026-06-02T08:00:00.5Z"}}, "sf"},
      {{{"before", "2026-06-02T08:00:00.5Z"}}, "vp"},
      {{{"minSize", 500}}, "fv"},
      {{{"maxSize", 500}}, "sp"},
      {{{"hasKeyword", "$seen"}}, ""},
      {{{"notKeyword", "$SEEN"}}, "sfvp"},
      {{{"subject", "lunch"}}, "p"},
      {{{"subject", "thursday lunch"}}, "p"},
      {{{"subject", "\"thursday lunch\""}}, ""},
      {{{"subject", "\"lunch on\""}}, "p"},
      {{{"subject", "%"}}, "s"},
      {{{"subject", "_"}}, "s"},
      {{{"from", "BOB@"}}, "sp"},
      {{{"to", "alice@example.org"}}, "sp"},
      {{{"cc", "alice@example.org"}}, ""},
      {{{"text", "text of lunch"}}, "p"},
      {{{"hasSmime", true}}, "fv"},
      {{{"hasSmime", false}}, "sp"},
      {{{"hasVerifiedSmime", true}}, "v"},
      {{{"hasVerifiedSmime", false}}, "sfp"},
      {{{"hasVerifiedSmimeAtDelivery", true}}, "v"},
      {{{"hasVerifiedSmimeAtDelivery", false}}, "sfp"},
  };
  for (const auto& [condition, expected] : cases) EXPECT_EQ(inbox.filter(condition), expected) << condition.dump();
}

TEST(EmailQuery, Operators) {
  Inbox inbox;
  const Json signed_mail{{"hasSmime", true}};
  const Json verified{{"hasVerifiedSmime", true}};
  const auto combined = [](const char* op, const Json& conditions) {
    return Json{{"operator", op}, {"conditions", conditions}};
  };
  const Json subject{{"subject", "lunch"}};
  EXPECT_EQ(inbox.filter(combined("AND", Json::array({signed_mail, verified}))), "v");
  EXPECT_EQ(inbox.filter(combined("OR", Json::array({subject, verified}))), "vp");
  EXPECT_EQ(inbox.filter(combined("NOT", Json::array({subject, verified}))), "sf");
  EXPECT_EQ(inbox.filter(combined("AND", Json::array({signed_mail, combined("NOT", Json::array({verified}))}))), "f");
  EXPECT_EQ(inbox.filter(combined("AND", Json::array())), "sfvp");
  EXPECT_EQ(inbox.filter(combined("OR", Json::array())), "");
}

TEST(EmailQuery, Sorts) {
  Inbox inbox;
  const auto by = [](const char* property, bool ascending) {
    return Json{{"sort", Json::array({{{"property", property}, {"isAscending", ascending}}})}};
  };
  EXPECT_EQ(inbox.query(by("receivedAt", true)), "pvfs");
  EXPECT_EQ(inbox.query(by("receivedAt", false)), "sfvp");
  EXPECT_EQ(inbox.query(by("size", true)).substr(0, 1), "s");
  EXPECT_EQ(inbox.query(by("subject", true)).front(), 's');
  EXPECT_EQ(
      inbox.query(
          {{"sort", Json::array({{{"property", "hasKeyword"}, {"keyword", "$seen"}}, {{"property", "receivedAt"}}})}}),
      "pvfs");
}

TEST(EmailQuery, Windows) {
  Inbox inbox;
  const auto page = [&](Json arguments) {
    const Json answer = inbox.mail.call("Email/query", std::move(arguments));
    return std::to_string(answer.at("position").get<int>()) + ":" + inbox.letters(answer);
  };
  const std::string verified = to_wire(inbox.verified);
  EXPECT_EQ(page({{"limit", 2}}), "0:sf");
  EXPECT_EQ(page({{"limit", 0}}), "0:");
  EXPECT_EQ(page({{"position", 1}, {"limit", 2}}), "1:fv");
  EXPECT_EQ(page({{"position", -1}}), "3:p");
  EXPECT_EQ(page({{"position", -9}, {"limit", 1}}), "0:s");
  EXPECT_EQ(page({{"position", 9}}), "9:");
  EXPECT_EQ(page({{"anchor", verified}}), "2:vp");
  EXPECT_EQ(page({{"anchor", verified}, {"anchorOffset", -1}, {"position", 3}, {"limit", 1}}), "1:f");
  EXPECT_EQ(page({{"anchor", verified}, {"anchorOffset", -9}}), "0:sfvp");
  EXPECT_EQ(page({{"anchor", nullptr}, {"anchorOffset", 2}}), "0:sfvp");
  EXPECT_EQ(inbox.mail.refusal("Email/query", {{"anchor", "e999999"}}), "anchorNotFound");
  EXPECT_EQ(inbox.mail.refusal("Email/query", {{"anchor", "nonsense"}}), "anchorNotFound");
  EXPECT_EQ(inbox.mail.refusal("Email/query", {{"anchor", verified}, {"filter", {{"hasSmime", false}}}}),
            "anchorNotFound");
}

TEST(EmailQuery, TotalAndLimitOnlyIfTheyAreMeant) {
  Inbox inbox;
  const Json with =
      inbox.mail.call("Email/query", {{"calculateTotal", true}, {"limit", 1}, {"filter", {{"hasSmime", true}}}});
  EXPECT_EQ(with.at("total"), 2);
  EXPECT_FALSE(with.contains("limit"));
  EXPECT_EQ(inbox.mail.call("Email/query", {{"limit", 1'000'000}}).at("limit"), 5000);
  EXPECT_EQ(inbox.mail.call("Email/query").at("limit"), 5000);
}

TEST(EmailQuery, CollapsedThreadsShowTheirFirstEmail) {
  MailAccount mail;
  const std::string fields = "From: bob@example.net\r\nSubject: Plan\r\nMessage-ID: ";
  const EmailId old_one = mail.deliver(fields + "<1@x>\r\n\r\nx\r\n", "2026-06-01T08:00:00Z");
  const EmailId other = mail.deliver_plain("Other", "2026-06-02T08:00:00Z");
  const EmailId reply = mail.deliver(fields + "<2@x>\r\nIn-Reply-To: <1@x>\r\n\r\ny\r\n", "2026-06-03T08:00:00Z");
  const Json all = mail.call("Email/query", {{"calculateTotal", true}});
  EXPECT_EQ(all.at("ids"), Json::array({to_wire(reply), to_wire(other), to_wire(old_one)}));
  EXPECT_EQ(all.at("total"), 3);
  const Json collapsed = mail.call("Email/query", {{"collapseThreads", true}, {"calculateTotal", true}});
  EXPECT_EQ(collapsed.at("ids"), Json::array({to_wire(reply), to_wire(other)}));
  EXPECT_EQ(collapsed.at("total"), 2);
}

TEST(EmailQuery, ArgumentsAreReadStrictly) {
  MailAccount mail;
  EXPECT_EQ(mail.refusal("Email/query", {{"filter", nullptr}, {"sort", nullptr}, {"limit", nullptr}}), "");
  EXPECT_EQ(mail.refusal("Email/query", {{"limit", -1}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/query", {{"position", "1"}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/query", {{"calculateTotal", nullptr}}), "") << "published clients send it";
  EXPECT_EQ(mail.refusal("Email/query", {{"calculateTotal", "yes"}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/query", {{"sortAsTree", true}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Email/query", {{"filter", {{"text", std::string(2000, 'x')}}}}), "unsupportedFilter");
  EXPECT_EQ(mail.refusal("Email/query", {{"sort", Json::array({{{"property", "colour"}}})}}), "unsupportedSort");
}

TEST(EmailQuery, SmimeConditionsNeedTheirCapability) {
  MailAccount mail;
  EXPECT_EQ(mail.refusal("Email/query", {{"filter", {{"hasSmime", true}}}}), "");
  mail.without_smime_verify();
  EXPECT_EQ(mail.refusal("Email/query", {{"filter", {{"hasSmime", true}}}}), "invalidArguments");
}

TEST(EmailQuery, TextsCannotLeaveTheirPlaceInTheStatement) {
  Inbox inbox;
  for (const char* text : {"'", "\\", "\\'", "$1", "%", "_", "\";DROP TABLE emails;--", "' OR 1=1 --", "\xC3\xA9"}) {
    const Json quoted{{"subject", text}};
    EXPECT_EQ(inbox.mail.refusal("Email/query", {{"filter", quoted}}), "") << text;
  }
  EXPECT_EQ(inbox.query({}), "sfvp");
}

// One message of which everything is known, and what must and must not find it.
TEST(EmailQuery, SearchLooksIntoHeadersAndBodies) {
  MailAccount mail;
  const std::string id = to_wire(mail.deliver(
      "From: J\xC3\xB6rg <joerg@example.org>\r\nTo: alice@example.org\r\nSubject: =?utf-8?q?=C3=9Cbersicht?=\r\n"
      "X-Label: =?utf-8?q?Gr=C3=BCn?= and blue\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
      "boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      base64("<p>The <b>quick</b> br\xC3\x96wn\r\n fox</p><script>hidden()</script>") +
      "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner subject\r\n\r\ninner words 100%\r\n--b--\r\n"));
  (void)mail.deliver_plain("something else");
  const std::vector<std::pair<Json, bool>> cases{
      {{{"body", "quick"}}, true},
      {{{"body", "QUICK"}}, true},
      {{{"body", "\"quick br\xC3\xB6wn fox\""}}, true},
      {{{"body", "BR\xC3\x96WN"}}, true},
      {{{"body", "fox quick"}}, true},
      {{{"body", "\"fox quick\""}}, false},
      {{{"body", "hidden"}}, false},
      {{{"body", "inner words"}}, true},
      {{{"body", "inner subject"}}, true},
      {{{"body", "100%"}}, true},
      {{{"body", "10%0"}}, false},
      {{{"body", "\xC3\xBC\x62\x65rsicht"}}, false},
      {{{"text", "quick"}}, true},
      {{{"text", "joerg@example.org"}}, true},
      {{{"text", "quick joerg"}}, true},
      {{{"text", "quick nobody"}}, false},
      {{{"header", {"X-Label"}}}, true},
      {{{"header", {"x-label"}}}, true},
      {{{"header", {"X-Lab"}}}, false},
      {{{"header", {"X-Label", "gr\xC3\xBCn AND"}}}, true},
      {{{"header", {"X-Label", "red"}}}, false},
      {{{"header", {"X-Label", "multipart"}}}, false},
      {{{"header", {"Content-Type", "multipart"}}}, true},
      {{{"header", {"X-_abel"}}}, false},
      {{{"operator", "NOT"}, {"conditions", {{{"body", "something"}}}}}, true},
      {{{"operator", "NOT"}, {"conditions", {{{"body", "quick"}}}}}, false},
  };
  for (const auto& [filter, found] : cases) {
    const Json ids = mail.call("Email/query", {{"filter", filter}}).at("ids");
    EXPECT_EQ(std::find(ids.begin(), ids.end(), id) != ids.end(), found) << filter.dump();
  }
}

TEST(EmailQuery, KeywordsOfTheThread) {
  MailAccount mail;
  const auto deliver = [&](const std::string& own, const std::string& root) {
    return to_wire(
        mail.deliver("Subject: " + root + "\r\nMessage-ID: <" + own + "@x>\r\nReferences: <" + root + "@x>\r\n\r\n"));
  };
  const std::string a1 = deliver("a1", "a"), a2 = deliver("a2", "a"), b1 = deliver("b1", "b"), c1 = deliver("c1", "c");
  (void)mail.call("Email/set", {{"update",
                                 {{a1, {{"keywords/$flagged", true}, {"keywords/own", true}}},
                                  {b1, {{"keywords/$flagged", true}, {"keywords/own", true}}}}}});
  const auto found = [&](const Json& arguments) {
    return mail.call("Email/query", arguments).at("ids").get<std::vector<std::string>>();
  };
  using List = std::vector<std::string>;
  for (const char* keyword : {"$flagged", "own"}) {
    EXPECT_EQ(found({{"filter", {{"someInThreadHaveKeyword", keyword}}}}), (List{b1, a2, a1}));
    EXPECT_EQ(found({{"filter", {{"allInThreadHaveKeyword", keyword}}}}), List{b1});
    EXPECT_EQ(found({{"filter", {{"noneInThreadHaveKeyword", keyword}}}}), List{c1});
    EXPECT_EQ(
        found({{"sort", {{{"property", "allInThreadHaveKeyword"}, {"keyword", keyword}, {"isAscending", false}}}}}),
        (List{b1, c1, a2, a1}));
    EXPECT_EQ(
        found({{"sort", {{{"property", "someInThreadHaveKeyword"}, {"keyword", keyword}, {"isAscending", false}}}}}),
        (List{b1, a2, a1, c1}));
  }
}

TEST(EmailQuery, CollationsSortAsTheySay) {
  MailAccount mail;
  const std::string a = to_wire(mail.deliver_plain("=?utf-8?q?=C3=84pfel?=")),
                    b = to_wire(mail.deliver_plain("banana")), z = to_wire(mail.deliver_plain("Re: ZEBRA"));
  const auto sorted = [&](const Json& collation) {
    return mail.call("Email/query", {{"sort", {{{"property", "subject"}, {"collation", collation}}}}}).at("ids");
  };
  EXPECT_EQ(sorted(nullptr), Json({a, b, z}));
  EXPECT_EQ(sorted("i;unicode-casemap"), Json({a, b, z}));
  EXPECT_EQ(sorted("i;ascii-casemap"), Json({b, z, a}));
  EXPECT_EQ(mail.refusal("Email/query", {{"sort", {{{"property", "subject"}, {"collation", "i;octet"}}}}}),
            "unsupportedSort");
}

// --- SearchSnippet/get

TEST(SearchSnippet, MarksWhatWasFound) {
  MailAccount mail;
  const std::string id = to_wire(mail.deliver_plain("Lunch & <more> lunch"));
  const auto snippet = [&](const Json& filter) {
    return mail.call("SearchSnippet/get", {{"filter", filter}, {"emailIds", {id}}}).at("list").at(0);
  };
  EXPECT_EQ(snippet({{"subject", "LUNCH"}}).at("subject"), "<mark>Lunch</mark> &amp; &lt;more&gt; <mark>lunch</mark>");
  EXPECT_EQ(snippet({{"subject", "LUNCH"}}).at("preview"), nullptr);
  EXPECT_EQ(snippet({{"body", "text"}}).at("preview"), "<mark>Text</mark> of Lunch &amp; &lt;more&gt; lunch.");
  EXPECT_EQ(snippet({{"body", "text"}}).at("subject"), nullptr);
  EXPECT_EQ(snippet({{"text", "text of"}}).at("preview"),
            "<mark>Text</mark> <mark>of</mark> Lunch &amp; &lt;more&gt; lunch.");
  EXPECT_EQ(snippet(nullptr).at("preview"), nullptr);
  EXPECT_EQ(snippet({{"operator", "NOT"}, {"conditions", {{{"subject", "lunch"}}}}}).at("subject"), nullptr);
  const Json answer = mail.call("SearchSnippet/get", {{"filter", nullptr}, {"emailIds", {id, "e999", id}}});
  EXPECT_EQ(answer.at("list").size(), 1U);
  EXPECT_EQ(answer.at("notFound"), Json({"e999"}));
  EXPECT_EQ(mail.call("SearchSnippet/get", {{"filter", nullptr}, {"emailIds", {id}}}).at("notFound"), nullptr);
}

TEST(SearchSnippet, IsShortAndWhole) {
  MailAccount mail;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "w\xC3\xB6rter & ";
  const std::string id =
      to_wire(mail.deliver("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "needle " + text));
  const std::string preview = mail.call("SearchSnippet/get", {{"filter", {{"body", "needle"}}}, {"emailIds", {id}}})
                                  .at("list")
                                  .at(0)
                                  .at("preview");
  EXPECT_LE(preview.size(), 255U);
  EXPECT_NE(preview.find("<mark>needle</mark>"), std::string::npos) << preview;
  EXPECT_TRUE(valid_utf8(preview));
  const std::string marks =
      mail.call("SearchSnippet/get", {{"filter", {{"body", "\"w\xC3\xB6rter &\""}}}, {"emailIds", {id}}})
          .at("list")
          .at(0)
          .at("preview");
  EXPECT_LE(marks.size(), 255U);
  EXPECT_LT(marks.rfind("<mark>"), marks.rfind("</mark>")) << marks;
}

// --- Mailbox/query
// -----------------------------------------------------------------------------------------------------------

// Roles of the results in order.
std::string roles(MailAccount& mail, Json arguments) {
  const Json ids = mail.call("Mailbox/query", std::move(arguments)).at("ids");
  std::string found;
  for (const Json& id : ids) {
    const Json list = mail.call("Mailbox/get", {{"ids", Json::array({id})}}).at("list");
    found += (found.empty() ? "" : " ") + list.at(0).at("role").get<std::string>();
  }
  return found;
}

TEST(MailboxQuery, FiltersAndSorts) {
  MailAccount mail;
  const Json by_name = Json::array({{{"property", "name"}}});
  EXPECT_EQ(roles(mail, {{"filter", {{"role", "junk"}}}}), "junk");
  EXPECT_EQ(roles(mail, {{"filter", {{"hasAnyRole", false}}}}), "");
  EXPECT_EQ(roles(mail, {{"filter", {{"parentId", "m999"}}}}), "");
  const std::string all = roles(mail, {{"filter", {{"parentId", nullptr}}}, {"sort", by_name}});
  EXPECT_EQ(all, roles(mail, {{"sort", by_name}, {"sortAsTree", true}, {"filterAsTree", true}}));
  EXPECT_NE(all.find("inbox"), std::string::npos);
  EXPECT_EQ(roles(mail, {{"filter", {{"operator", "NOT"}, {"conditions", Json::array({{{"hasAnyRole", true}}})}}}}),
            "");
  EXPECT_EQ(mail.refusal("Mailbox/query", {{"filter", {{"colour", 1}}}}), "invalidArguments");
  EXPECT_EQ(mail.refusal("Mailbox/query", {{"sort", Json::array({{{"property", "role"}}})}}), "unsupportedSort");
}

TEST(MailboxQuery, Windows) {
  MailAccount mail;
  const Json all = mail.call("Mailbox/query", {{"calculateTotal", true}});
  const std::size_t total = all.at("total");
  ASSERT_EQ(all.at("ids").size(), total);
  ASSERT_GE(total, 3U);
  const Json last = mail.call("Mailbox/query", {{"position", -1}});
  EXPECT_EQ(last.at("position"), total - 1);
  EXPECT_EQ(last.at("ids"), Json::array({all.at("ids").at(total - 1)}));
  const Json near = mail.call("Mailbox/query", {{"anchor", all.at("ids").at(1)}, {"anchorOffset", 1}, {"limit", 1}});
  EXPECT_EQ(near.at("position"), 2);
  EXPECT_EQ(near.at("ids"), Json::array({all.at("ids").at(2)}));
  EXPECT_EQ(mail.refusal("Mailbox/query", {{"anchor", "m999999"}}), "anchorNotFound");
}

}  // namespace
}  // namespace waxseal::jmapd
