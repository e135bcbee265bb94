// Rules of time that span delivery, evidence and re-verification (verification.md 5.2, 7, 10), one by one.
#include <gmock/gmock.h>

#include "fetching.h"
#include "reverify/freshness.h"
#include "store/units.h"

namespace waxseal::reverify {
namespace {

using smime::Code;
using smime::Status;
using testing::ElementsAre;
using testing::IsEmpty;

class TimeRules : public Fetching {
 protected:
  std::string listed_mail() { return test::clear_signed_mail({.cert = signer("/ca.crl")}); }
  void fetch() {
    EvidenceSink sink(*database, verifier, clock);
    FetchRound(*database, *fetcher_, sink, clock).run_once();
  }
  // The same mail again, as another delivery.
  static std::string again(const std::string& mail) { return mail + "\r\n"; }
};

TEST_F(TimeRules, AVerdictAtDeliveryIsKeptWithWhatItRestsOn) {  // TIM-03
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const EmailId id = deliver(listed_mail());
  EXPECT_EQ(database.value("SELECT evidence FROM email_smime"), "");
  rounds();
  ASSERT_EQ(email(id).status_at_delivery, Status::kVerified);
  const auto row = database.sql(
      "SELECT evidence, trust_version, policy_version, extract(epoch from dlv_at)::bigint, extract(epoch from "
      "finalised_at)::bigint FROM email_smime");
  EXPECT_EQ(row.at(0).at(0), "crl:" + database.value("SELECT encode(list_id, 'hex') FROM revocation_lists"));
  EXPECT_EQ(row.at(0).at(1), std::to_string(store::trust_version(*database)));
  EXPECT_EQ(row.at(0).at(2), verifier.policy().version());
  EXPECT_EQ(row.at(0).at(3), std::to_string(to_epoch(clock.now())));
  EXPECT_EQ(row.at(0).at(4), std::to_string(to_epoch(clock.now())));
}

// TIM-14: what was trusted when the mail came counts, unless it is known to be compromised.
TEST_F(TimeRules, AnAnchorThatIsRemovedVouchesForMailThatCameBefore) {
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const EmailId id = deliver(listed_mail());
  round();
  fetch();
  clock.advance(Seconds(10));
  distrust(test::pki().root);  // removes it
  round();
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
  EXPECT_EQ(email(id).status, Status::kFailed);
}

TEST_F(TimeRules, AnAnchorThatIsCompromisedVouchesForNothing) {  // TIM-14
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const EmailId id = deliver(listed_mail());
  round();
  fetch();
  clock.advance(Seconds(10));
  store::distrust_anchor(*database, sha256(test::pki().root.der), clock.now());
  round();
  EXPECT_EQ(email(id).status_at_delivery, Status::kFailed);
}

// NET-10: what is no evidence replaces nothing, and neither does silence.
TEST_F(TimeRules, TheLastGoodListServesToItsEnd) {
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const EmailId id = deliver(listed_mail());
  rounds();
  ASSERT_EQ(email(id).status, Status::kVerified);
  test::CrlSpec broken = revoking(clock.now(), clock.now()), older = revoking(clock.now(), clock.now());
  broken.break_signature = true;
  older.this_update = clock.now() - hours(48);
  for (const test::Page& page : {test::Page{.status = 500}, test::Page{.body = "no list"},
                                 test::Page{.body = test::make_crl(broken, test::pki().intermediate)},
                                 test::Page{.body = test::make_crl(older, test::pki().intermediate)}}) {
    server_.serve("/ca.crl", page);
    clock.advance(hours(25));
    rounds();
    EXPECT_EQ(email(id).status, Status::kVerified);
  }
  serve("/ca.crl", revoking(clock.now(), clock.now()));  // the twin
  clock.advance(hours(25));
  rounds();
  EXPECT_EQ(email(id).status, Status::kFailed);
}

// NET-30: a reader makes nobody connect anywhere, however overdue the account and whatever is missing.
TEST_F(TimeRules, ReadingIsNoBeacon) {
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const EmailId id = deliver(listed_mail());
  clock.advance(hours(48));
  Freshness freshness(*database, verifier, clock);
  freshness.refresh(account);
  EXPECT_EQ(email(id).verified_at, clock.now());
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::crl_unavailable));
  EXPECT_EQ(server_.connections(), 0u);
  fetch();
  EXPECT_EQ(server_.connections(), 1u);  // the twin: who may connect does
  round();
  EXPECT_EQ(email(id).status, Status::kVerified);
}

TEST_F(TimeRules, AUnitIsLookedAtWhenItsListEnds) {  // RVF-03
  test::CrlSpec list = fresh(clock.now());
  list.next_update = clock.now() + hours(3);
  serve("/ca.crl", list);
  pending = true;
  const EmailId id = deliver(listed_mail());
  rounds();
  ASSERT_EQ(email(id).status, Status::kVerified);
  EXPECT_EQ(store::next_unit_due(*database), clock.now() + hours(3));
  clock.advance(hours(3) - Seconds(1));
  round();
  EXPECT_EQ(email(id).status, Status::kVerified);
  clock.advance(Seconds(1));
  round();
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::crl_expired));
}

TEST_F(TimeRules, MessagesOfOneUnitReactEachInItsWay) {  // RVF-05
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const test::Cert signed_by = signer("/ca.crl");
  const EmailId good = deliver(test::clear_signed_mail({.cert = signed_by})),
                mismatch = deliver(test::clear_signed_mail({.cert = signed_by}, "mallory@example.org"));
  const EmailId plain = deliver("From: x@example.org\r\nSubject: plain\r\n\r\nx\r\n");
  rounds();
  const std::string before = state();
  clock.advance(hours(25));
  serve("/ca.crl", revoking(clock.now(), clock.now()));
  rounds();
  EXPECT_THAT(email(good).visible_codes, ElementsAre(Code::cert_revoked));
  EXPECT_THAT(email(mismatch).visible_codes, ElementsAre(Code::cert_revoked, Code::from_mismatch));
  EXPECT_THAT(changes(before).updated, testing::UnorderedElementsAre(good.value, mismatch.value));
  EXPECT_EQ(email(plain).status, Status::kNone);
}

TEST_F(TimeRules, EachMessageHasItsOwnTimeOfDelivery) {  // RVF-08, TIM-06
  pending = true;
  const std::string mail = listed_mail();
  const EmailId before = deliver(mail);
  clock.advance(hours(2));
  const EmailId after = deliver(again(mail));
  serve("/ca.crl", revoking(clock.now(), clock.now() - hours(1)));
  rounds();
  EXPECT_EQ(email(before).status_at_delivery, Status::kVerified);
  EXPECT_EQ(email(after).status_at_delivery, Status::kFailed);
  EXPECT_EQ(email(before).status, Status::kFailed);
  EXPECT_EQ(email(after).status, Status::kFailed);
}

// NET-32: what a server says comes into no log and no table.
TEST_F(TimeRules, AFailureCarriesNothingOfTheServers) {
  server_.serve("/ca.crl", {.status = 302, .location = "http://evil.example.org:1/\x1b[31m secret"});
  pending = true;
  deliver(listed_mail());
  rounds();
  const std::string error = store::list_fetches(*database).at(0).last_error;
  EXPECT_THAT(error, testing::StartsWith("redirect_refused: "));
  EXPECT_THAT(error, testing::Not(testing::HasSubstr("secret")));
  EXPECT_THAT(error, testing::Not(testing::HasSubstr("\x1b")));
}

}  // namespace
}  // namespace waxseal::reverify
