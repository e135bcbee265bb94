#include <gtest/gtest.h>

#include "jmapd/methods/methods.h"
#include "store/overview.h"
#include "unit/reverify/mailbox.h"

namespace waxseal::jmapd {
namespace {

// One anchor, one mailbox, a clock of our own.
class SmimeOverview : public testing::Test {
 protected:
  SmimeOverview() { mailbox_.trust(test::pki().root); }

  Json overview(const Json& properties = nullptr) {
    const std::set<std::string, std::less<>> capabilities = {std::string(kCore), std::string(kOverview)};
    const store::Principal principal{mailbox_.account, "bob", store::Scope::kFull, {}, true};
    const Limits limits;
    Call call{*mailbox_.database, principal, capabilities, limits, mailbox_.clock};
    const Json answer = smime_overview_get(
        call, {{"accountId", to_wire(mailbox_.account)}, {"ids", {"singleton", "x"}}, {"properties", properties}});
    EXPECT_EQ(answer["notFound"], Json::array({"x"}));
    return answer["list"].at(0);
  }

  reverify::Mailbox mailbox_;
};

TEST_F(SmimeOverview, CountsWhatArrivedAndWhatItBecame) {
  mailbox_.deliver("From: carol@example.org\r\nSubject: Plain\r\n\r\nHello\r\n");
  mailbox_.deliver(test::clear_signed_mail({.cert = test::alice()}));
  mailbox_.deliver(test::clear_signed_mail({.cert = test::alice()}, "mallory@example.org"));
  Json days = overview({"days"})["days"];
  ASSERT_EQ(days.size(), 1u) << days;
  EXPECT_EQ(days[0]["day"], format_utc_date(mailbox_.clock.now()).substr(0, 10));
  EXPECT_EQ(days[0]["arrived"], (Json{{"none", 1}, {"signed/verified", 1}, {"signed/failed", 1}}));
  EXPECT_EQ(days[0]["arrivedWith"].size(), 1u) << days;
  EXPECT_EQ(days[0]["became"], Json::object());

  mailbox_.clock.advance(Seconds(86'400));
  mailbox_.distrust(test::pki().root);
  mailbox_.round();
  days = overview({"days"})["days"];
  ASSERT_EQ(days.size(), 2u) << days;
  EXPECT_EQ(days[0]["arrived"]["signed/verified"], 1) << "what was counted stays";
  EXPECT_EQ(days[1]["became"]["signed/failed"], 2) << days;

  store::forget_daily_counts(*mailbox_.database, mailbox_.clock.now());
  EXPECT_EQ(overview({"days"})["days"].size(), 1u);
}

TEST_F(SmimeOverview, NamesSignersInOrderWhoseCertificatesEndSoon) {
  const Time soon = mailbox_.clock.now() + reverify::hours(24 * 30);
  mailbox_.deliver(reverify::mail_until(mailbox_.clock.now() + reverify::hours(24 * 90)));
  EXPECT_EQ(overview()["certificatesEnding"], Json::array());
  mailbox_.deliver(reverify::mail_until(soon));
  const Json ending = overview()["certificatesEnding"];
  ASSERT_EQ(ending.size(), 1u) << ending;
  EXPECT_EQ(ending[0]["addresses"], Json::array({"alice@example.org"}));
  EXPECT_EQ(ending[0]["notAfter"], format_utc_date(soon));

  mailbox_.distrust(test::pki().root);
  mailbox_.round();
  EXPECT_EQ(overview()["certificatesEnding"], Json::array()) << "a signer who is not trusted";
}

TEST_F(SmimeOverview, TellsOfUnitsAndOfFetchesThatFail) {
  mailbox_.deliver(test::clear_signed_mail({.cert = test::alice()}));
  Json now = overview();
  EXPECT_EQ(now["units"], (Json{{"due", 0}, {"unswept", 0}, {"oldestDueAt", nullptr}}));
  EXPECT_EQ(now["revocation"]["failing"], 0);
  mailbox_.clock.advance(Seconds(2 * 86'400));
  now = overview();
  EXPECT_EQ(now["units"]["due"], 1) << now["units"];
  EXPECT_TRUE(now["units"]["oldestDueAt"].is_string());
  mailbox_.database.value(
      "INSERT INTO fetches (kind, url_id, subject, url, certificate, issuer, anchor, wanted_at, wanted_until, "
      "next_fetch_at, failures, last_error) VALUES (1, 'u', '', 'http://ca.example/list', '', '', '', now(), now(), "
      "now(), 3, 'no answer') RETURNING 1");
  const Json failures = overview()["revocation"]["failures"];
  ASSERT_EQ(failures.size(), 1u) << failures;
  EXPECT_EQ(failures[0]["url"], "http://ca.example/list");
  EXPECT_EQ(failures[0]["error"], "no answer");
}

}  // namespace
}  // namespace waxseal::jmapd
