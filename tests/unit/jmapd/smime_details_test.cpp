// smimeDetails.evidence and evidenceAtDelivery: which list or answer a verdict rests on, by whom and of when; and since
// when a certificate is revoked, and why.
#include <gtest/gtest.h>

#include "jmapd/smime_details.h"
#include "smime/crl_acceptance.h"
#include "store/revocation.h"
#include "unit/reverify/mailbox.h"

namespace waxseal::jmapd {
namespace {

using smime::Status;

const std::string kSerial("\x42", 1);

class SmimeDetails : public testing::Test, protected reverify::Mailbox {
 protected:
  SmimeDetails() { trust(test::pki().root); }

  static test::Cert signer(const std::vector<std::string>& ocsp_urls = {}) {
    test::CertSpec spec;
    spec.emails = {std::string(test::kAlice)};
    spec.serial = kSerial;
    spec.crl_urls = {"http://pki.example.test/ca.crl"};
    spec.ocsp_urls = ocsp_urls;
    return test::pki().leaf(spec);
  }

  smime::RevocationQuestion question() {
    return smime::make_question(smime::Certificate::parse(signer().der),
                                smime::Certificate::parse(test::pki().intermediate.der),
                                smime::Certificate::parse(test::pki().root.der), 0, verifier.policy());
  }

  // Its SHA-256.
  std::string publish(const test::CrlSpec& spec) {
    const auto list = smime::Crl::parse(test::make_crl(spec, test::pki().intermediate)).value();
    const auto anchors = store::load_trust(*database);
    store::store_crl(*database,
                     smime::accept_crl(list, question(), {*anchors, {}}, verifier.policy(), clock.now()).value(),
                     clock.now());
    return list->id().hex();
  }
  test::CrlSpec list(std::int64_t number) {
    return {
        .revoked = {}, .this_update = clock.now(), .next_update = clock.now() + reverify::hours(48), .number = number};
  }

  Json details(EmailId id) {
    store::Snapshot snapshot(*database, account);
    const auto record = store::get_smime_records(snapshot, {id}).at(id.value);
    return render_smime_details(store::get_emails(snapshot, {id}).at(0), record,
                                read_smime_background(snapshot, record), "en");
  }
  static Json evidence(const Json& shown) { return shown.at("signers").at(0).at("evidence"); }
  std::string now() { return format_utc_date(clock.now()); }
};

TEST_F(SmimeDetails, NameTheListThatAVerdictRestsOn) {
  const Time published = clock.now();
  const std::string first = publish(list(1));
  clock.advance(Seconds(60));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer()}));
  round();
  ASSERT_EQ(email(id).status, Status::kVerified);
  const Json shown = details(id);
  ASSERT_EQ(evidence(shown).size(), 1u) << shown.dump(2);
  EXPECT_EQ(evidence(shown).at(0),
            (Json{{"kind", "crl"},
                  {"sha256", first},
                  {"issuer", smime::Certificate::parse(test::pki().intermediate.der)->subject_text()},
                  {"thisUpdate", format_utc_date(published)},
                  {"nextUpdate", format_utc_date(published + reverify::hours(48))}}));
  const Json chain = shown.at("signers").at(0).at("chain");
  ASSERT_EQ(chain.size(), 3u);
  for (const Json& certificate : chain) {
    EXPECT_EQ(certificate.at("revokedAt"), nullptr);
    EXPECT_EQ(certificate.at("revocationReason"), nullptr);
  }
}

TEST_F(SmimeDetails, SayWhenAndWhyACertificateWasRevoked) {
  publish(list(1));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer()}));
  round();
  ASSERT_EQ(email(id).status, Status::kVerified);
  clock.advance(reverify::hours(1));
  test::CrlSpec revoking = list(2);
  revoking.revoked = {{.serial = kSerial, .date = clock.now(), .reason = smime::kKeyCompromise}};
  const std::string second = publish(revoking);
  const std::string when = now();
  clock.advance(Seconds(60));
  round();
  ASSERT_EQ(email(id).status, Status::kFailed);
  const Json shown = details(id);
  EXPECT_EQ(shown.at("errors").at(0).at("code"), "cert_revoked");
  EXPECT_EQ(evidence(shown).at(0).at("sha256"), second) << shown.dump(2);
  const Json chain = shown.at("signers").at(0).at("chain");
  EXPECT_EQ(chain.at(0).at("revokedAt"), when);
  EXPECT_EQ(chain.at(0).at("revocationReason"), "keyCompromise");
  EXPECT_EQ(chain.at(1).at("revokedAt"), nullptr);
}

TEST_F(SmimeDetails, KeepTheListThatTheVerdictAtDeliveryRestsOn) {
  const Time published = clock.now();
  const std::string first = publish(list(1));
  clock.advance(Seconds(60));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer()}));
  database.sql("UPDATE email_smime SET evidence = 'crl:" + first + "'");
  clock.advance(reverify::hours(25));
  const std::string second = publish(list(2));
  round();
  const Json shown = details(id);
  EXPECT_EQ(evidence(shown).at(0).at("sha256"), second);
  EXPECT_EQ(shown.at("evidenceAtDelivery").at(0).at("sha256"), first);
  EXPECT_EQ(shown.at("evidenceAtDelivery").at(0).at("thisUpdate"), format_utc_date(published)) << shown.dump(2);
}

TEST_F(SmimeDetails, SayNullOfWhatTheStoreHasForgotten) {
  publish(list(1));
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer()}));
  round();
  const std::string gone(64, 'a');
  database.sql("UPDATE email_smime SET evidence = 'ocsp:" + gone + "'");
  EXPECT_EQ(details(id).at("evidenceAtDelivery"), (Json::array({{{"kind", "ocsp"},
                                                                 {"sha256", gone},
                                                                 {"issuer", nullptr},
                                                                 {"thisUpdate", nullptr},
                                                                 {"nextUpdate", nullptr}}})));
}

TEST_F(SmimeDetails, HaveTheTimesOfAnAnswer) {
  smime::OcspAnswer answer;
  answer.id = sha256("answer");
  answer.authority = question().authority();
  answer.serial = kSerial;
  answer.status = smime::OcspStatus::kGood;
  answer.this_update = clock.now();
  answer.next_update = clock.now() + reverify::hours(6);
  store::store_ocsp(*database, answer, clock.now());
  const EmailId id = deliver(test::clear_signed_mail({.cert = signer({"http://ocsp.example.test/"})}));
  round();
  const Json shown = details(id);
  ASSERT_EQ(evidence(shown).size(), 1u) << shown.dump(2);
  EXPECT_EQ(evidence(shown).at(0).at("kind"), "ocsp");
  EXPECT_EQ(evidence(shown).at(0).at("sha256"), answer.id.hex());
  EXPECT_EQ(evidence(shown).at(0).at("issuer"), nullptr);
  EXPECT_EQ(evidence(shown).at(0).at("thisUpdate"), now());
  EXPECT_EQ(evidence(shown).at(0).at("nextUpdate"), format_utc_date(clock.now() + reverify::hours(6)));
}

TEST_F(SmimeDetails, HaveNoEvidenceWhereNothingIsAsked) {
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  round();
  EXPECT_EQ(evidence(details(id)), Json::array());
  EXPECT_EQ(details(id).at("evidenceAtDelivery"), Json::array());
}

}  // namespace
}  // namespace waxseal::jmapd
