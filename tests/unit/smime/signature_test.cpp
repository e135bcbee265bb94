// Candidate certificates, ESS, several signers, line ends, and damage (SIG-30..33, BYT-1..8, ATK-01..26).
#include "smime/signature.h"

#include <gtest/gtest.h>

#include "support/der.h"
#include "support/facts.h"
#include "support/mail.h"
#include "support/oracle.h"

namespace waxseal::test {
namespace {

using namespace smime;

CmsSpec spec_of(const SignerSpec& signer) {
  return {.signers = {signer}, .certificates = {pki().intermediate.der}};
}
std::string mail_of(const CmsSpec& spec, std::string_view content = text_entity()) {
  const std::string cms = make_cms(spec, content);
  return message(spec.detached ? multipart_signed(content, cms) : pkcs7_mime(cms));
}
const SignerFacts& first_signer(const Extracted& extracted) {
  return extracted.facts.layers.at(0).signers.at(0);
}

// Another certificate for Alice's key.
Cert reissued(CertSpec spec) {
  spec.key = KeyType::kP256;
  return pki().leaf(spec);
}
const Cert& eve() {
  static const Cert made = pki().leaf({.common_name = "Eve", .emails = {"eve@example.com"}, .key_index = 7});
  return made;
}

TEST(Signature, WrongArithmeticIsNotAModifiedMessage) {
  const auto damage = [](SignerFields& f) { f.signature.back() = static_cast<char>(f.signature.back() ^ 1); };
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice(), .edit = damage})), "signed 2/0:signature_invalid");
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice()})), "signed");
}

TEST(Signature, CertificateMustBeThere) {
  CmsSpec spec = spec_of({.cert = alice()});
  spec.include_signer_certificates = false;
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 2/0:signer_cert_not_found");
  spec.certificates.push_back(eve().der);
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 2/0:signer_cert_not_found");
  spec.certificates.push_back(alice().der);
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed");
}

TEST(Signature, AnUnreadableCertificateIsNamedWhereTheSignersIsMissing) {
  CmsSpec spec = spec_of({.cert = alice()});
  spec.certificates.push_back(der::sequence({der::integer(1)}));
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed");
  spec.include_signer_certificates = false;
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 2/0:signer_cert_not_found 2/0:cert_malformed");
}

class OneKnown final : public CertificateSource {
 public:
  explicit OneKnown(const Cert& cert) : certificate_(Certificate::parse(cert.der)) {}
  CertificatePtr by_issuer_serial(Octets issuer, Octets serial) override {
    return issuer == certificate_->issuer_der() && serial == certificate_->serial() ? certificate_ : nullptr;
  }
  CertificatePtr by_key_identifier(Octets ski) override {
    return certificate_->key_identifier() == std::string(ski) ? certificate_ : nullptr;
  }

 private:
  CertificatePtr certificate_;
};

TEST(Signature, KnownCertificatesServeWhereTheMessageHasNone) {
  OneKnown known(alice());
  for (const bool by_key : {true, false}) {
    CmsSpec spec = spec_of({.cert = alice(), .by_key_identifier = by_key});
    spec.include_signer_certificates = false;
    const Extracted extracted = extract(mail_of(spec), {}, &known);
    EXPECT_TRUE(is_clean(extracted.facts));
    EXPECT_TRUE(extracted.certificates.contains(sha256(alice().der)));
  }
}

// ATK-23: somebody else's certificate claims the same key identifier and comes first.
TEST(Signature, EveryCertificateWithTheKeyIdentifierIsTried) {
  const Cert rival = pki().leaf({.common_name = "Rival",
                                 .emails = {std::string(kAlice)},
                                 .key_index = 8,
                                 .key_identifier = alice().key_identifier});
  CmsSpec spec = spec_of({.cert = alice(), .by_key_identifier = true});
  spec.include_signer_certificates = false;
  for (const auto& order : {std::vector{rival.der, alice().der}, std::vector{alice().der, rival.der}}) {
    spec.certificates = order;
    const Extracted extracted = extract(mail_of(spec));
    EXPECT_TRUE(is_clean(extracted.facts));
    ASSERT_EQ(first_signer(extracted).candidates.size(), 1u);
    EXPECT_EQ(first_signer(extracted).candidates[0].certificate, sha256(alice().der));
  }
  spec.certificates = {rival.der};
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 2/0:signature_invalid");
}

// ATK-24, SIG-33.
TEST(Signature, TwoCertificatesOfOneKeyAreBothCandidatesUnlessEssNamesOne) {
  const Cert renewed = reissued({.common_name = "Alice again", .emails = {"other@example.org"}});
  CmsSpec spec = spec_of({.cert = alice(), .by_key_identifier = true});
  spec.certificates = {renewed.der};
  const Extracted both = extract(mail_of(spec));
  ASSERT_EQ(first_signer(both).candidates.size(), 2u);
  EXPECT_TRUE(first_signer(both).candidates[0].verifies);
  EXPECT_TRUE(first_signer(both).candidates[1].verifies);
  EXPECT_EQ(first_signer(both).candidates[0].addresses.at(0).address(), kAlice);
  EXPECT_EQ(first_signer(both).candidates[1].addresses.at(0).address(), "other@example.org");
  for (const Ess ess : {Ess::kV1, Ess::kV2, Ess::kBoth}) {
    spec.signers[0].ess = ess;
    const Extracted one = extract(mail_of(spec));
    ASSERT_EQ(first_signer(one).candidates.size(), 1u);
    EXPECT_EQ(first_signer(one).candidates[0].certificate, sha256(alice().der));
  }
  spec.include_signer_certificates = false;
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 2/0.0:ess_cert_mismatch");
}

TEST(Ess, IssuerAndSerialMustMatchIfPresent) {
  const auto with_serial = [](std::string serial, std::string issuer) {
    return outcome_of(clear_signed_mail(
        {.cert = alice(), .ess = Ess::kV2, .edit_attributes = [&](auto& attributes) {
           const std::string names = der::sequence({der::explicit_tag(4, issuer)});
           const std::string id = der::sequence({der::octet_string(digest_octets("SHA256", alice().der)),
                                                 der::sequence({names, der::integer_octets(serial)})});
           find(attributes, oids::kSigningCertificateV2)->values = {der::sequence({der::sequence({id})})};
         }}));
  };
  EXPECT_EQ(with_serial(alice().serial, alice().issuer), "signed");
  EXPECT_EQ(with_serial("\x01", alice().issuer), "signed 2/0.0:ess_cert_mismatch");
  EXPECT_EQ(with_serial(alice().serial, name("Other CA")), "signed 2/0.0:ess_cert_mismatch");
}

std::string with_ess_value(const std::string& value, Infos infos = Infos::kLeftOut) {
  return outcome_of(clear_signed_mail({.cert = alice(),
                                       .ess = Ess::kV2,
                                       .edit_attributes =
                                           [&](auto& attributes) {
                                             find(attributes, oids::kSigningCertificateV2)->values = {value};
                                           }}),
                    {}, infos);
}

TEST(Ess, MalformedAttributesAreRefused) {
  for (const std::string& value :
       {der::null(), der::sequence({}), der::sequence({der::sequence({})}), der::sequence({der::null()}),
        der::sequence({der::sequence({der::sequence({der::integer(1)})})})})
    EXPECT_EQ(with_ess_value(value), "signed 2/0:ess_malformed");
}

TEST(Ess, AnUnsupportedHashIsAsGoodAsNoAttribute) {
  const auto id = [](std::string_view algorithm, std::string_view hash) {
    return der::sequence({der::sequence({der::sequence({der::algorithm(algorithm), der::octet_string(hash)})})});
  };
  EXPECT_EQ(with_ess_value(id("1.2.3.4", "x"), Infos::kShown), "signed 2/0:ess_hash_unsupported");
  EXPECT_EQ(with_ess_value(id("2.16.840.1.101.3.4.2.3", digest_octets("SHA512", alice().der)), Infos::kShown),
            "signed");
  EXPECT_EQ(with_ess_value(id("2.16.840.1.101.3.4.2.3", "x")), "signed 2/0.0:ess_cert_mismatch");
}

TEST(Ess, FurtherEntriesRestrictThePath) {
  const Extracted extracted =
      extract(clear_signed_mail({.cert = alice(), .ess = Ess::kV2, .ess_path = {pki().intermediate}}));
  EXPECT_EQ(first_signer(extracted).candidates.at(0).unit.ess_path_set,
            std::vector{"sha256:" + sha256(pki().intermediate.der).hex()});
  const Extracted free = extract(clear_signed_mail({.cert = alice(), .ess = Ess::kV2}));
  EXPECT_TRUE(first_signer(free).candidates.at(0).unit.ess_path_set.empty());
}

TEST(Ess, CanBeRequired) {
  Policy policy;
  policy.require_ess = true;
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice()}), policy), "signed 2/0:attr_missing");
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice(), .ess = Ess::kV2}), policy), "signed");
}

// ATK-04.
TEST(Signature, EverySignerIsReported) {
  CmsSpec spec{.signers = {{.cert = alice()}, {.cert = eve(), .digest = "SHA512"}}};
  const Extracted good = extract(mail_of(spec));
  EXPECT_TRUE(is_clean(good.facts));
  ASSERT_EQ(good.facts.layers[0].signers.size(), 2u);
  const auto damage = [](SignerFields& f) { f.signature.back() = static_cast<char>(f.signature.back() ^ 1); };
  spec.signers[1].edit = damage;
  const std::string outcome = outcome_of(mail_of(spec));
  EXPECT_TRUE(outcome == "signed 2/0:signature_invalid" || outcome == "signed 2/1:signature_invalid") << outcome;
}

TEST(Signature, DigestAlgorithmsOfSignedDataDecideNothing) {  // SIG-05
  CmsSpec spec = spec_of({.cert = alice()});
  for (const auto& listed : {std::vector<std::string>{}, std::vector{digest_algorithm("MD5")}}) {
    spec.digest_algorithms = listed;
    EXPECT_EQ(outcome_of(mail_of(spec)), "signed");
  }
}

TEST(Signature, CrlsAndOtherCertificateFormatsOfTheMessageAreIgnored) {  // ATK-25, ATK-26
  CmsSpec spec = spec_of({.cert = alice()});
  spec.crls = {make_crl({}, pki().intermediate), der::sequence({"\x05", std::string(1, '\0')})};
  spec.certificates.push_back(der::tlv(0xa1, der::null()));
  spec.certificates.push_back(der::tlv(0xa3, der::oid("1.2.3")));
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed");
}

TEST(Signature, CountsAreLimited) {  // ATK-12, ATK-13
  const auto outcome_with = [](auto change, std::size_t count) {
    CmsSpec spec = spec_of({.cert = alice()});
    change(spec, count);
    return outcome_of(mail_of(spec));
  };
  const std::string good = "signed", limit = "signed 2:limit_exceeded";
  const auto digests = [](CmsSpec& s, std::size_t n) { s.digest_algorithms.emplace(n, digest_algorithm("SHA256")); };
  EXPECT_EQ(outcome_with(digests, 8), good);
  EXPECT_EQ(outcome_with(digests, 9), limit);
  const auto crls = [](CmsSpec& s, std::size_t n) { s.crls.assign(n, der::sequence({der::null()})); };
  EXPECT_EQ(outcome_with(crls, 16), good);
  EXPECT_EQ(outcome_with(crls, 17), limit);
  const auto signers = [](CmsSpec& s, std::size_t n) { s.signers.assign(n, s.signers[0]); };
  EXPECT_EQ(outcome_with(signers, 8), good);
  EXPECT_EQ(outcome_with(signers, 9), limit);
  const auto certificates = [](CmsSpec& s, std::size_t n) {
    for (std::size_t i = 2; i < n; ++i) s.certificates.push_back(der::sequence({der::integer(static_cast<int>(i))}));
  };
  EXPECT_EQ(outcome_with(certificates, 64), good);
  EXPECT_EQ(outcome_with(certificates, 65), limit);
  const auto attributes = [](CmsSpec& s, std::size_t n) {
    s.signers[0].edit_attributes = [n](auto& list) {
      while (list.size() < n) list.push_back({"1.3.6.1.4.1.99999.2", {der::integer(static_cast<int>(list.size()))}});
    };
  };
  EXPECT_EQ(outcome_with(attributes, 64), good);
  EXPECT_EQ(outcome_with(attributes, 65), limit);
}

TEST(Signature, OperationsPerMessageAreLimited) {
  Policy policy;
  policy.limits.signature_operations = 1;
  CmsSpec spec{.signers = {{.cert = alice()}, {.cert = eve()}}};
  EXPECT_NE(outcome_of(mail_of(spec), policy).find("limit_exceeded"), std::string::npos);
  policy.limits.signature_operations = 2;
  EXPECT_EQ(outcome_of(mail_of(spec), policy), "signed");
}

TEST(LineEnds, LfContentVerifiesWithCrlf) {  // BYT-6
  const std::string mail = clear_signed_mail({.cert = alice()});
  const auto canon = [](const Extracted& extracted) {
    for (const auto& [key, value] : extracted.facts.notes)
      if (key == "canon") return value;
    return std::string();
  };
  EXPECT_EQ(canon(extract(mail)), "raw");
  EXPECT_EQ(outcome_of(crlf_to_lf(mail)), "signed");
  EXPECT_EQ(canon(extract(crlf_to_lf(mail))), "crlf");
  const std::string signed_lf = clear_signed_mail({.cert = alice()}, kAlice, crlf_to_lf(text_entity()));
  EXPECT_EQ(canon(extract(signed_lf)), "raw");
  EXPECT_EQ(outcome_of(signed_lf), "signed");
}

TEST(LineEnds, NothingElseIsRepaired) {  // ATK-44, BYT-7
  const std::string mail = clear_signed_mail({.cert = alice()});
  const auto with = [&](std::string_view to) {
    std::string changed = mail;
    return changed.replace(changed.find("signed.\r\n"), 9, to);
  };
  for (const std::string to : {"signed.\r\r\n", "signed. \r\n", "signed.\r\n\r\n", "signed."})
    EXPECT_EQ(outcome_of(with(to)), "signed 2/0:digest_mismatch");
}

TEST(LineEnds, OpaqueAndBinaryContentIsNeverChanged) {
  const std::string lf = crlf_to_lf(text_entity());
  CmsSpec spec = spec_of({.cert = alice()});
  spec.detached = false;
  spec.embedded = lf;
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 1/0:digest_mismatch");
  const std::string binary = "Content-Transfer-Encoding: binary\r\n" + text_entity();
  const std::string mail = clear_signed_mail({.cert = alice()}, kAlice, binary);
  EXPECT_EQ(outcome_of(mail), "signed");
  EXPECT_EQ(outcome_of(crlf_to_lf(mail)), "signed 2/0:digest_mismatch");
}

TEST(LineEnds, LongContentIsDigestedInBlocks) {
  std::string text;
  while (text.size() < 300'000)
    text += "A line of text that is not too long\r\n" + std::string(text.size() % 70'000, 'x') + "\r\n";
  const std::string mail = clear_signed_mail({.cert = alice(), .digest = "SHA512"}, kAlice, text_entity(text));
  EXPECT_EQ(outcome_of(mail), "signed");
  EXPECT_EQ(outcome_of(crlf_to_lf(mail)), "signed");
}

// ATK-16, BYT-1.
TEST(Ber, SegmentedContentIsOneContent) {
  CmsSpec spec = spec_of({.cert = alice()});
  spec.detached = false;
  spec.ber = true;
  for (const std::size_t segment : {1u, 7u, 1000u}) {
    spec.segment = segment;
    EXPECT_EQ(outcome_of(mail_of(spec)), "signed") << segment;
  }
  spec.embedded = text_entity("Changed\r\n");
  EXPECT_EQ(outcome_of(mail_of(spec)), "signed 1/0:digest_mismatch");
}

// --- robustness ---

TEST(Damage, NoTruncationCrashesOrVerifies) {
  for (const std::string& mail : {clear_signed_mail({.cert = alice(), .ess = Ess::kV2}),
                                  opaque_signed_mail({.cert = alice(), .algorithm_protect = true})}) {
    CertificateCache cache;
    const std::size_t end = mail.rfind("\r\n");  // without the last line break it is still whole
    for (std::size_t size = 0; size < end; ++size) {
      const Facts facts = extract_facts(Octets(mail).substr(0, size), {}, cache).facts;
      const bool closed = mail.substr(0, size).ends_with("--");
      EXPECT_TRUE(closed || !is_clean(facts)) << size;
    }
  }
}

TEST(Damage, NoFlippedBitOfTheSignedContentVerifies) {
  const std::string content = text_entity();
  const std::string mail = clear_signed_mail({.cert = alice()});
  const std::size_t begin = mail.find(content);
  ASSERT_NE(begin, std::string::npos);
  CertificateCache cache;
  for (std::size_t at = begin; at < begin + content.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = mail;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_FALSE(is_clean(extract_facts(changed, {}, cache).facts)) << at << "/" << bit;
    }
}

// Whatever octet of the CMS is another one: never a crash, and what still verifies has the same signer and content.
TEST(Damage, FlippedBitsOfTheCmsNeverChangeWhoSignedWhat) {
  const std::string content = text_entity();
  const std::string cms = make_cms(spec_of({.cert = alice(), .ess = Ess::kV2}), content);
  CertificateCache cache;
  for (std::size_t at = 0; at < cms.size(); ++at) {
    std::string changed = cms;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    const Extracted extracted =
        extract_facts(message(multipart_signed(content, changed, {.signature_encoding = "binary"})), {}, cache);
    if (!is_clean(extracted.facts)) continue;
    for (const Candidate& candidate : first_signer(extracted).candidates)
      EXPECT_EQ(candidate.certificate, sha256(alice().der)) << at;
  }
}

}  // namespace
}  // namespace waxseal::test
