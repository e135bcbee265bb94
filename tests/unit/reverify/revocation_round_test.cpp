// From a certificate's pointers over a real fetch to a changed verdict: CRLs and OCSP of a server that misbehaves,
// judged by the engine, carried to the mail by the sweep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetching.h"

namespace waxseal::reverify {
namespace {

using smime::Code;
using smime::Status;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Fetching, AListMakesAPendingMessageVerified) {
  serve("/ca.crl", fresh(clock.now()));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  EXPECT_EQ(email(id).status, Status::kFailed);  // hard: nothing is known yet
  const std::string before = state();
  EXPECT_EQ(rounds().fetched, 1u);
  EXPECT_EQ(email(id).status, Status::kVerified);
  EXPECT_THAT(changes(before).updated, ElementsAre(id.value));
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(Fetching, ARevocationThatIsPublishedFailsTheMail) {
  serve("/ca.crl", fresh(clock.now()));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  rounds();
  ASSERT_EQ(email(id).status, Status::kVerified);
  clock.advance(hours(25));
  serve("/ca.crl", revoking(clock.now(), clock.now() - Seconds(60)));
  const std::string before = state();
  rounds();
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::cert_revoked));
  EXPECT_THAT(changes(before).updated, ElementsAre(id.value));
}

// TIM-07: mail that came after the date of its signer's revocation, but before anybody published it.
TEST_F(Fetching, ALateRevocationIsReportedWithTheMailItShouldHaveStopped) {
  pending = true;
  serve("/ca.crl", fresh(clock.now()));
  const std::string mail = test::clear_signed_mail({.cert = signer("/ca.crl")});
  rounds();
  deliver(mail);
  clock.advance(hours(12));
  const EmailId after = deliver(mail + "\r\n");
  rounds();
  ASSERT_EQ(email(after).status_at_delivery, Status::kVerified);
  clock.advance(hours(25));
  serve("/ca.crl", revoking(clock.now(), clock.now() - hours(32)));
  EvidenceSink sink(*database, verifier, clock);
  FetchRound(*database, *fetcher_, sink, clock).run_once();
  const Report report = round();
  ASSERT_EQ(report.late_revocations.size(), 1u);
  EXPECT_EQ(report.late_revocations[0].messages, 1u);
  EXPECT_EQ(report.late_revocations[0].revoked_from, clock.now() - hours(32));
  EXPECT_EQ(email(after).status_at_delivery, Status::kVerified);
  clock.advance(hours(24));
  EXPECT_TRUE(round().late_revocations.empty());  // told once
}

TEST_F(Fetching, ARevocationFromAfterTheMailIsNotLate) {
  pending = true;
  serve("/ca.crl", fresh(clock.now()));
  deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  rounds();
  clock.advance(hours(25));
  serve("/ca.crl", revoking(clock.now(), clock.now() - hours(1)));
  EvidenceSink sink(*database, verifier, clock);
  FetchRound(*database, *fetcher_, sink, clock).run_once();
  EXPECT_TRUE(round().late_revocations.empty());
}

TEST_F(Fetching, AListWithoutADifferenceChangesNothing) {
  serve("/ca.crl", fresh(clock.now()));
  deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  rounds();
  const std::string before = state();
  clock.advance(hours(25));
  test::CrlSpec newer = fresh(clock.now());
  newer.number = 2;
  serve("/ca.crl", newer);
  EXPECT_EQ(rounds().fetched, 1u);
  EXPECT_EQ(state(), before);
}

struct Bad {
  const char* name;
  std::function<test::Page(Time)> page;
  Code code;
};
class BadList : public Fetching, public testing::WithParamInterface<Bad> {};

TEST_P(BadList, IsNoEvidenceAndSaysWhy) {  // REV-32
  server_.serve("/ca.crl", GetParam().page(clock.now()));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  rounds();
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(GetParam().code));
}

test::Page list_page(const test::CrlSpec& spec, const test::Cert& issuer) {
  return {.body = test::make_crl(spec, issuer)};
}
test::CrlSpec dated(Time from, Time to) {
  return {.revoked = {}, .this_update = from, .next_update = to};
}

INSTANTIATE_TEST_SUITE_P(
    Appendix_C, BadList,
    testing::Values(
        Bad{"missing", [](Time) { return test::Page{.status = 404}; }, Code::crl_unavailable},
        Bad{"broken", [](Time) { return test::Page{.status = 500}; }, Code::crl_unavailable},
        Bad{"silent", [](Time) { return test::Page{.manner = test::Manner::kSilent}; }, Code::crl_unavailable},
        Bad{"endless", [](Time) { return test::Page{.manner = test::Manner::kEndless}; }, Code::crl_too_large},
        Bad{"bomb", [](Time) { return test::Page{.body = "\x1f\x8b", .encoding = "gzip"}; }, Code::crl_unavailable},
        Bad{"redirected", [](Time) { return test::Page{.status = 302, .location = "http://10.0.0.1/"}; },
            Code::crl_unavailable},
        Bad{"truncated",
            [](Time now) {
              test::Page page = list_page(dated(now, now + hours(9)), test::pki().intermediate);
              page.manner = test::Manner::kTruncated;
              return page;
            },
            Code::crl_unavailable},
        Bad{"html", [](Time) { return test::Page{.body = "<html>sorry</html>"}; }, Code::crl_invalid},
        Bad{"stale",
            [](Time now) { return list_page(dated(now - hours(48), now - hours(1)), test::pki().intermediate); },
            Code::crl_expired},
        Bad{"future",
            [](Time now) { return list_page(dated(now + hours(1), now + hours(48)), test::pki().intermediate); },
            Code::crl_invalid},
        Bad{"wrong signer",
            [](Time now) {
              const test::Pki other("Test");
              return list_page(dated(now, now + hours(9)), test::issue(test::ca_spec("Other", -7), other.root));
            },
            Code::crl_invalid},
        Bad{"broken signature",
            [](Time now) {
              test::CrlSpec spec = dated(now, now + hours(9));
              spec.break_signature = true;
              return list_page(spec, test::pki().intermediate);
            },
            Code::crl_invalid}),
    [](const auto& tested) {
      std::string name = tested.param.name;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST_F(Fetching, AnAddressThatIsNotAllowedIsNotConnectedToAndSaysSo) {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.crl_urls = {server_.url("/ca.crl", "private.example.test")};
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::pki().leaf(spec)}));
  rounds();
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::crl_url_not_allowed));
  EXPECT_EQ(server_.connections(), 0u);
  EXPECT_EQ(fetcher_->connections(), 0u);
}

// NET-02: whoever is not trusted makes nobody fetch anything.
TEST_F(Fetching, ACertificateWithoutAValidatedPathIsNoBeacon) {  // ATK-94
  const test::Pki other("Stranger");
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.crl_urls = {server_.url("/beacon.crl")};
  spec.ocsp_urls = {server_.url("/beacon")};
  deliver(test::clear_signed_mail({.cert = other.leaf(spec)}));
  rounds();
  rounds();
  EXPECT_EQ(server_.connections(), 0u);
  EXPECT_THAT(store::list_fetches(*database), IsEmpty());
}

TEST_F(Fetching, AnExpiredCertificateIsNotAskedFor) {  // REV-10, NET-02
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.not_after = clock.now() - hours(1);
  spec.crl_urls = {server_.url("/ca.crl")};
  deliver(test::clear_signed_mail({.cert = test::pki().leaf(spec)}));
  rounds();
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(Fetching, WithModeOffNothingIsFetched) {
  ASSERT_TRUE(smime::Policy().set("revocation.mode", "off"));
  smime::Policy off;
  ASSERT_TRUE(off.set("revocation.mode", "off"));
  smime::Verifier unasked(off);
  deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  Reverifier(*database, unasked, clock).run_once();
  EXPECT_THAT(store::list_fetches(*database), IsEmpty());
}

// REV-20: OCSP when the list cannot be had, and only then.
TEST_F(Fetching, OcspIsAskedWhenTheListCannotBeHad) {
  deliver(test::clear_signed_mail({.cert = signer("/missing.crl", "/ocsp")}));
  rounds();
  rounds();
  ASSERT_EQ(server_.heard().size(), 2u);
  EXPECT_EQ(server_.heard()[0].target, "/missing.crl");
  EXPECT_TRUE(server_.heard()[1].target.starts_with("/ocsp/"));
}

TEST_F(Fetching, OcspIsNotAskedWhereTheListIsThere) {
  serve("/ca.crl", fresh(clock.now()));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer("/ca.crl", "/ocsp")}));
  rounds();
  rounds();
  EXPECT_EQ(server_.heard().size(), 1u);
  EXPECT_EQ(email(id).status, Status::kVerified);
}

TEST_F(Fetching, AListOfTheOperatorSpeaksForCertificatesWithoutAPointer) {  // REV-02
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer("")}));
  Reverifier(*database, verifier, clock).make_all_due();
  round();
  EXPECT_EQ(email(id).status, Status::kVerified);  // no_pointer = accept
  serve("/configured.crl", revoking(clock.now(), clock.now() - Seconds(60)));
  store::want_fetches(*database, {{.url = server_.url("/configured.crl"), .until = clock.now() + hours(24000)}},
                      clock.now());
  EXPECT_EQ(rounds().fetched, 1u);
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::cert_revoked));
}

TEST_F(Fetching, APendingVerdictAtDeliveryBecomesFinal) {
  serve("/ca.crl", fresh(clock.now()));
  pending = true;
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer("/ca.crl")}));
  ASSERT_EQ(email(id).status_at_delivery, Status::kSigned);
  rounds();
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
}

}  // namespace
}  // namespace waxseal::reverify
