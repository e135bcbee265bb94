#include "smime/certificate.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/text.h"
#include "smime/names.h"
#include "smime/unit.h"
#include "support/der.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

TEST(Certificate, FieldsAreThoseOfTheDer) {
  CertSpec spec;
  spec.emails = {"alice@example.org"};
  spec.serial = std::string("\x00\xff\x01", 3);
  const Cert cert = pki().leaf(spec);
  const CertificatePtr certificate = parsed(cert);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->der(), cert.der);
  EXPECT_EQ(certificate->id(), sha256(cert.der));
  EXPECT_EQ(certificate->issuer_der(), cert.issuer);
  EXPECT_EQ(certificate->subject_der(), cert.subject);
  EXPECT_EQ(hex(certificate->serial()), "00ff01");  // REV-08: content octets, leading zero included
  EXPECT_EQ(certificate->key_identifier(), cert.key_identifier);
  EXPECT_EQ(certificate->not_before(), default_not_before());
  EXPECT_EQ(certificate->not_after(), default_not_after());
  EXPECT_NE(certificate->key(), nullptr);
}

TEST(Certificate, TheTextOfTheIssuerIsTheSameEachTimeHoweverLong) {
  CertSpec many = ca_spec("Authority of many", -7);
  many.subject_emails.assign(60, "a-mailbox-of-the-authority@example.org");
  const CertificatePtr certificate = parsed(issue(CertSpec{}, self_signed(many)));
  ASSERT_TRUE(certificate);
  const std::string first = certificate->issuer_text();
  EXPECT_GT(first.size(), 60 * many.subject_emails.front().size());
  EXPECT_EQ(certificate->issuer_text(), first);
  EXPECT_EQ(first, name_text(certificate->issuer_der()));

  const CertificatePtr usual = parsed(pki().leaf(CertSpec{}));
  EXPECT_EQ(usual->issuer_text(), name_text(pki().intermediate.subject));
  EXPECT_EQ(usual->issuer_text(), name_text(pki().intermediate.subject));
}

TEST(Certificate, NegativeSerialKeepsItsOctets) {
  CertSpec spec;
  spec.serial = "\xfe";
  EXPECT_EQ(hex(parsed(pki().leaf(spec))->serial()), "fe");
}

TEST(Certificate, AnythingButExactlyOneCertificateIsRefused) {
  const std::string der = pki().leaf("alice@example.org").der;
  EXPECT_TRUE(Certificate::parse(der));
  EXPECT_FALSE(Certificate::parse(der + '\0'));
  EXPECT_FALSE(Certificate::parse(der.substr(0, der.size() - 1)));
  EXPECT_FALSE(Certificate::parse(""));
  EXPECT_FALSE(Certificate::parse("not a certificate"));
  EXPECT_FALSE(Certificate::parse(pki().leaf("alice@example.org").pem()));
  EXPECT_TRUE(Certificate::parse(der, der.size()));
  EXPECT_FALSE(Certificate::parse(der, der.size() - 1));
}

TEST(Certificate, IndefiniteLengthIsRefused) {  // verification.md 1.6; OpenSSL would take it
  const std::string der = pki().root.der;
  ASSERT_EQ(der.substr(0, 2), "\x30\x82");
  EXPECT_FALSE(Certificate::parse(der::indefinite(0x30, der.substr(4))));
}

TEST(Certificate, NestingBeyondTheLimitIsRefusedWithoutRecursingOn) {
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep = der::tlv(0x30, deep.size() > 60000 ? "" : deep);
  EXPECT_FALSE(Certificate::parse(deep));
}

TEST(Certificate, TextOfNamesEscapesWhatWouldMisleadPeople) {
  CertSpec spec;
  spec.common_name =
      "M\xc3\xbcller,\n\xe2\x80\xae"
      "evil";
  const std::string text = parsed(pki().leaf(spec))->subject_text();
  EXPECT_EQ(text, "CN=M\xc3\xbcller\\,\\0A\\e2\\80\\aeevil");
}

TEST(Certificate, NamesAreComparedInCanonicalForm) {
  CertSpec root = ca_spec("Canonical  ROOT", -100);
  const Cert issuer = self_signed(root);
  Cert renamed = issuer;
  renamed.subject = name("canonical root");
  EXPECT_TRUE(parsed(issuer)->is_named_issuer_of(*parsed(issue({}, renamed))));
  renamed.subject = name("canonical roots");
  EXPECT_FALSE(parsed(issuer)->is_named_issuer_of(*parsed(issue({}, renamed))));
}

TEST(CertificateCache, GivesTheSameObjectAgain) {
  CertificateCache cache;
  const std::string der = pki().root.der;
  const CertificatePtr first = cache.get(der);
  ASSERT_TRUE(first);
  EXPECT_EQ(cache.get(der), first);
  EXPECT_EQ(cache.find(first->id()), first);
  EXPECT_EQ(cache.find(sha256("other")), nullptr);
  EXPECT_EQ(cache.get("garbage"), nullptr);
  EXPECT_EQ(cache.get("garbage"), nullptr);
}

TEST(CertificateCache, ForgetsTheLeastRecentlyUsed) {
  CertificateCache cache(2);
  const CertificatePtr root = cache.get(pki().root.der);
  const CertificatePtr intermediate = cache.get(pki().intermediate.der);
  cache.get(pki().root.der);
  cache.get(pki().leaf("a@example.org").der);
  EXPECT_EQ(cache.find(root->id()), root);
  EXPECT_EQ(cache.find(intermediate->id()), nullptr);
}

TEST(CertificateCache, IsSharedByThreads) {
  CertificateCache cache(3);
  const std::vector<std::string> ders = {pki().root.der, pki().intermediate.der, "junk",
                                         pki().leaf("a@example.org").der, pki().leaf("b@example.org").der};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 500; ++i) {
        const std::string& der = ders[i % ders.size()];
        const CertificatePtr certificate = cache.get(der);
        ASSERT_EQ(certificate != nullptr, der != "junk");
      }
    });
  for (std::thread& thread : threads) thread.join();
}

// --- units ---

TEST(Unit, TakesTheIssuerClosureOfTheLeafAndNothingElse) {
  const Pki other("Unrelated");
  const Cert leaf = pki().leaf("alice@example.org");
  const auto bag = parsed_all({other.root, pki().root, other.intermediate, leaf, pki().intermediate});
  const Unit unit = make_unit(*parsed(leaf), bag, {});
  std::vector<Sha256> expected = {sha256(pki().intermediate.der), sha256(pki().root.der)};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(unit.bundle, expected);
  EXPECT_EQ(unit.leaf, sha256(leaf.der));
}

TEST(Unit, OrderAndRepetitionOfTheBagDoNotChangeIt) {
  const CertificatePtr leaf = parsed(pki().leaf("alice@example.org"));
  const auto one = parsed_all({pki().intermediate, pki().root});
  const auto two = parsed_all({pki().root, pki().intermediate, pki().root});
  EXPECT_EQ(make_unit(*leaf, one, {"sha1:bb", "sha1:aa"}).id(), make_unit(*leaf, two, {"sha1:aa", "sha1:bb"}).id());
}

TEST(Unit, EveryFieldIsPartOfItsId) {
  const CertificatePtr leaf = parsed(pki().leaf("alice@example.org"));
  const Unit unit = make_unit(*leaf, parsed_all({pki().intermediate}), {"sha256:aa"});
  Unit changed = unit;
  changed.trust_domain = "tenant";
  EXPECT_NE(changed.id(), unit.id());
  changed = unit;
  changed.leaf = sha256("another");
  EXPECT_NE(changed.id(), unit.id());
  changed = unit;
  changed.bundle.clear();
  EXPECT_NE(changed.id(), unit.id());
  changed = unit;
  changed.ess_path_set = {"sha256:a", "a"};
  EXPECT_NE(changed.id(), unit.id());
  EXPECT_EQ(Unit(unit).id(), unit.id());
}

}  // namespace
}  // namespace waxseal::smime
