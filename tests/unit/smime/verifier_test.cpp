// The one door, end to end: messages that OpenSSL accepts too, and attacks that it may accept.
#include "smime/verifier.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

SignerSpec alices() {
  return signed_by(alice());
}

Cert leaf_for(const CertSpec& spec) {
  return pki().leaf(spec);
}

Verdict verified(const std::string& mail, const Policy& policy = {}, Time at = default_now()) {
  Verifier verifier(policy);
  return verifier.verify(mail, trusting({pki().root}), at).verdict;
}

Codes fatal(const Verdict& verdict) {
  EXPECT_EQ(verdict.status, verdict.fatal.empty() ? Status::kVerified : Status::kFailed);
  return names(verdict.fatal);
}

Codes fatal(const std::string& mail, const Policy& policy = {}, Time at = default_now()) {
  return fatal(verified(mail, policy, at));
}

const Codes kVerified = {};

// --- the ordinary cases and their twins ---

TEST(Verifier, SignedMailOfATrustedSignerIsVerified) {
  const Verdict clear = verified(clear_signed_mail(alices()));
  EXPECT_EQ(fatal(clear), kVerified);
  EXPECT_EQ(clear.signer_address, kAlice);
  EXPECT_EQ(clear.signer, sha256(alice().der));
  EXPECT_EQ(clear.layer, 0U);
  EXPECT_EQ(fatal(opaque_signed_mail(alices())), kVerified);
}

// A key is made ready once for an algorithm; another algorithm and a wrong signature in between change nothing.
TEST(Verifier, OneKeyServesSeveralAlgorithmsInTurns) {
  Verifier verifier{Policy{}};
  const auto status = [&](const std::string& mail) {
    return verifier.verify(mail, trusting({pki().root}), default_now()).verdict.status;
  };
  std::vector<std::string> right;
  for (const auto& [digest, pss] :
       {std::pair{"SHA256", false}, {"SHA512", false}, {"SHA256", true}, {"SHA384", true}}) {
    SignerSpec signer = signed_by(alice(KeyType::kRsa2048));
    signer.digest = digest;
    signer.pss = pss;
    right.push_back(clear_signed_mail(signer));
  }
  const std::string wrong = [] {
    SignerSpec signer = signed_by(alice(KeyType::kRsa2048));
    signer.signature_algorithm = der::algorithm("1.2.840.113549.1.1.10", pss_parameters("SHA256", "SHA256", 32));
    return clear_signed_mail(signer);  // made with PKCS #1, named PSS
  }();
  for (int round = 0; round < 3; ++round)
    for (const std::string& mail : right) {
      EXPECT_EQ(status(mail), Status::kVerified);
      EXPECT_EQ(status(wrong), Status::kFailed);
      EXPECT_EQ(status(mail), Status::kVerified);
    }
}

TEST(Verifier, ChangedTextIsNot) {
  EXPECT_EQ(fatal(replaced(clear_signed_mail(alices()), "Hello Bob", "Hello Rob")), Codes{"digest_mismatch"});
}

TEST(Verifier, NoOctetOfTheSignedPartCanBeFlipped) {  // appendix C
  const std::string mail = clear_signed_mail(alices());
  const std::string content = text_entity();
  const std::size_t begin = mail.find(content);
  ASSERT_NE(begin, mail.npos);
  Verifier verifier{Policy{}};
  const TrustStore trust = trusting({pki().root});
  for (std::size_t i = 0; i < content.size(); ++i) {
    std::string changed = mail;
    changed[begin + i] = static_cast<char>(changed[begin + i] ^ 0x01);
    EXPECT_NE(verifier.verify(changed, trust, default_now()).verdict.status, Status::kVerified) << i;
  }
}

TEST(Verifier, UnsignedMailHasNoStatus) {
  EXPECT_EQ(verified(message(text_entity())).status, Status::kNone);
}

TEST(Verifier, UntrustedIssuerIsNamed) {
  const Pki stranger("Verifier Stranger");
  EXPECT_EQ(fatal(clear_signed_mail(signed_by(stranger.leaf(std::string(kAlice))))), Codes{"chain_incomplete"});
}

TEST(Verifier, TimeOfTheVerdictDecidesNotTheSigningTime) {  // TIM-01, ATK-88
  SignerSpec backdated = alices();
  backdated.signing_time = default_now();
  const std::string mail = clear_signed_mail(backdated);
  EXPECT_EQ(fatal(mail, {}, default_not_after()), kVerified);
  EXPECT_EQ(fatal(mail, {}, default_not_after() + Seconds(1)), Codes{"cert_expired"});
  EXPECT_EQ(fatal(mail, {}, default_not_before() - Seconds(1)), Codes{"cert_not_yet_valid"});
}

// --- identity, end to end (8.3) ---

TEST(Verifier, FromDecides) {
  const auto codes = [](const std::string& from) { return fatal(clear_signed_mail(alices(), from)); };
  EXPECT_EQ(codes("Alice <Alice@Example.ORG>"), kVerified);
  EXPECT_EQ(codes("eve@example.net"), Codes{"from_mismatch"});                               // ATK-60
  EXPECT_EQ(codes("\"boss@example.org\" <alice@example.org>"), kVerified);                   // ATK-61
  EXPECT_EQ(codes("\"alice@example.org\" <boss@example.org>"), Codes{"from_mismatch"});      // ATK-62
  EXPECT_EQ(codes("The Manager"), Codes{"from_unparsable"});                                 // ATK-63
  EXPECT_EQ(codes("alice@example.org, eve@example.net"), Codes{"from_multiple_unmatched"});  // ATK-64
  EXPECT_EQ(codes("eve@example.net, alice@example.org"), Codes{"from_multiple_unmatched"});
  EXPECT_EQ(codes("us: alice@example.org;"), Codes{"from_group"});                   // ATK-67
  EXPECT_EQ(codes("\"alice\"@example.org"), kVerified);                              // ATK-74
  EXPECT_EQ(codes("=?utf-8?q?alice?=@example.org"), Codes{"from_mismatch"});         // ATK-75
  EXPECT_EQ(codes("<@relay.example:alice@example.org>"), Codes{"from_unparsable"});  // ATK-76
}

TEST(Verifier, OtherOriginatorFieldsDoNotCount) {  // ATK-65, ATK-66
  const std::string mail = clear_signed_mail(alices(), "boss@example.net");
  EXPECT_EQ(fatal("Sender: alice@example.org\r\nReply-To: alice@example.org\r\n" + mail), Codes{"from_mismatch"});
  EXPECT_EQ(fatal("From: alice@example.org\r\n" + mail), Codes{"from_multiple_fields"});
  EXPECT_EQ(fatal(mail + ""), Codes{"from_mismatch"});
}

TEST(Verifier, CertificateNamesThatLieDoNotCount) {  // ATK-68..71
  const auto codes = [](const CertSpec& spec) { return fatal(clear_signed_mail(signed_by(leaf_for(spec)))); };
  EXPECT_EQ(codes({.emails = {std::string("alice@example.org\0.evil.example", 31)}}), Codes{"cert_no_email"});
  EXPECT_EQ(codes({.emails = {"alice@example.org "}}), Codes{"cert_no_email"});
  EXPECT_EQ(codes({.common_name = "alice@example.org"}), Codes{"cert_no_email"});
  EXPECT_EQ(codes({.subject_emails = {"alice@example.org"}, .emails = {"eve@example.net"}}), Codes{"from_mismatch"});
  EXPECT_EQ(codes({.subject_emails = {"alice@example.org"}}), kVerified);
}

TEST(Verifier, ProtectedFromMustAgree) {  // ATK-77
  const auto codes = [](const std::string& outer, const std::string& inner) {
    const std::string entity = "From: " + inner + "\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n";
    return fatal(clear_signed_mail(alices(), outer, entity));
  };
  EXPECT_EQ(codes("alice@example.org", "alice@example.org"), kVerified);
  EXPECT_EQ(codes("alice@example.org", "boss@example.org"), Codes{"from_protected_mismatch"});
  EXPECT_EQ(codes("boss@example.org", "alice@example.org"), (Codes{"from_mismatch", "from_protected_mismatch"}));
}

// --- several signers, several certificates ---

TEST(Verifier, EverySignerMustBeGood) {  // SIG-50
  const Cert bob = pki().leaf("bob@example.org");
  CmsSpec two{.signers = {alices(), signed_by(bob)}, .certificates = {pki().intermediate.der}};
  EXPECT_EQ(fatal(mail_with(two)), kVerified);
  two.signers[1].edit = [](SignerFields& fields) {
    fields.signature.back() = static_cast<char>(fields.signature.back() ^ 1);
  };
  EXPECT_EQ(fatal(mail_with(two)), (Codes{"signature_invalid", "other_signer_failed"}));
  EXPECT_EQ(fatal(mail_with(two), {.multi_signer_from_only = true}), kVerified);
  std::swap(two.signers[0], two.signers[1]);
  EXPECT_EQ(fatal(mail_with(two)), (Codes{"signature_invalid", "other_signer_failed"}));
}

TEST(Verifier, OrderOfCertificatesDoesNotMatter) {  // appendix C
  const Pki other("Verifier Other");
  std::vector<std::string> bag = {pki().intermediate.der, pki().root.der, other.root.der, other.intermediate.der};
  std::sort(bag.begin(), bag.end());
  Verifier verifier{Policy{}};
  std::optional<UnitId> unit;
  do {
    const Verification v =
        verifier.verify(mail_with({.signers = {alices()}, .certificates = bag}), trusting({pki().root}), default_now());
    EXPECT_EQ(v.verdict.status, Status::kVerified);
    ASSERT_EQ(v.states.size(), 1U);
    EXPECT_EQ(unit.value_or(v.states.begin()->first), v.states.begin()->first);
    unit = v.states.begin()->first;
  } while (std::next_permutation(bag.begin(), bag.end()));
}

TEST(Verifier, RogueCertificateInTheBagNeitherHelpsNorHarms) {  // ATK-80
  CertSpec rogue_spec = ca_spec("Waxseal Test Root", -150);
  const Cert rogue = self_signed(rogue_spec);
  EXPECT_EQ(fatal(mail_with({.signers = {alices()}, .certificates = {rogue.der, pki().intermediate.der}})), kVerified);
  const Cert evil = issue({.emails = {std::string(kAlice)}}, rogue);
  EXPECT_EQ(fatal(mail_with({.signers = {signed_by(evil)}, .certificates = {rogue.der}})), Codes{"chain_untrusted"});
}

TEST(Verifier, TlsCertificateSignsNoMail) {  // ATK-84
  CertSpec spec{.emails = {std::string(kAlice)}};
  spec.ext_key_usage = {std::string(kServerAuth)};
  EXPECT_EQ(fatal(clear_signed_mail(signed_by(leaf_for(spec)))), Codes{"cert_ext_key_usage"});
}

TEST(Verifier, EssPathSetReachesThePath) {  // PTH-24
  SignerSpec restricted = alices();
  restricted.ess = Ess::kV2;
  restricted.ess_path = {pki().intermediate};
  EXPECT_EQ(fatal(clear_signed_mail(restricted)), kVerified);
  restricted.ess_path = {pki().root};
  EXPECT_EQ(fatal(clear_signed_mail(restricted)), Codes{"ess_path_restriction"});
}

TEST(Verifier, SeveralProblemsAreAllNamed) {  // P5, 3.8
  CertSpec spec{.emails = {"eve@example.net"}};
  spec.key_usage = std::vector<int>{kKeyEncipherment};
  EXPECT_EQ(fatal(clear_signed_mail(signed_by(leaf_for(spec))), {}, default_not_after() + Seconds(1)),
            (Codes{"cert_expired", "cert_key_usage", "from_mismatch"}));
}

// --- layers (SIG-60) ---

TEST(Verifier, GatewaySignatureAroundTheAuthorsIsNoObstacle) {
  const Cert gateway = pki().leaf("gateway@example.net");
  const std::string inner = multipart_signed(text_entity(), make_cms(alices(), text_entity()));
  MultipartSigned outer_shape;
  outer_shape.boundary = "outer";
  const std::string mail = message(multipart_signed(inner, make_cms(signed_by(gateway), inner), outer_shape));
  const Verdict verdict = verified(mail);
  EXPECT_EQ(fatal(verdict), kVerified);
  EXPECT_EQ(verdict.layer, 1U);
  EXPECT_EQ(verdict.signer_address, kAlice);
  EXPECT_EQ(fatal(replaced(mail, "Hello Bob", "Hello Rob")), Codes{"digest_mismatch"});
}

// --- remembering ---

TEST(Verifier, RememberedStatesEndAtTheirNextChange) {
  Verifier verifier{Policy{}};
  const TrustStore trust = trusting({pki().root});
  const std::string mail = clear_signed_mail(alices());
  const auto status = [&](Time at) { return verifier.verify(mail, trust, at).verdict.status; };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(status(default_now()), Status::kVerified);
    EXPECT_EQ(status(default_not_after()), Status::kVerified);
    EXPECT_EQ(status(default_not_after() + Seconds(1)), Status::kFailed);
    EXPECT_EQ(status(default_not_before() - Seconds(1)), Status::kFailed);
    EXPECT_EQ(status(default_not_before()), Status::kVerified);
  }
}

TEST(Verifier, RememberedStatesBelongToOneTrustSnapshotAndEpoch) {
  Verifier verifier{Policy{}};
  const std::string mail = clear_signed_mail(alices());
  TrustStore trust = trusting({pki().root});
  const auto status = [&](Epoch epoch) { return verifier.verify(mail, trust, default_now(), epoch).verdict.status; };
  EXPECT_EQ(status(Epoch::kNow), Status::kVerified);
  trust.anchors[0].removed_at = default_now() + Seconds(60);  // changed in place
  EXPECT_EQ(status(Epoch::kNow), Status::kFailed);
  EXPECT_EQ(status(Epoch::kAtDelivery), Status::kVerified);
  EXPECT_EQ(verifier.verify(mail, trust, default_now() + Seconds(60), Epoch::kAtDelivery).verdict.status,
            Status::kFailed);
  trust.anchors.clear();
  EXPECT_EQ(status(Epoch::kAtDelivery), Status::kFailed);
  trust = trusting({pki().root});
  EXPECT_EQ(status(Epoch::kNow), Status::kVerified);
}

TEST(Verifier, MessagesOfOneUnitShareItsState) {
  Verifier verifier{Policy{}};
  const TrustStore trust = trusting({pki().root});
  const Verification one = verifier.verify(clear_signed_mail(alices()), trust, default_now());
  const Verification two =
      verifier.verify(opaque_signed_mail(alices(), kAlice, text_entity("Another\r\n")), trust, default_now());
  EXPECT_EQ(one.states, two.states);
  EXPECT_EQ(one.extracted.facts.units(), two.extracted.facts.units());
}

TEST(Verifier, FactsAndStatesGiveTheVerdictAgain) {  // what the store does: RVF-01
  Verifier verifier{Policy{}};
  const Verification v = verifier.verify(clear_signed_mail(alices()), trusting({pki().root}), default_now());
  const auto facts = facts_from_json(facts_to_json(v.extracted.facts));
  ASSERT_TRUE(facts);
  EXPECT_EQ(judge(*facts, v.states, verifier.policy(), default_now()), v.verdict);
  EXPECT_EQ(judge(*facts, {}, verifier.policy(), default_now()).status, Status::kSigned);
}

TEST(Verifier, IsSharedByThreads) {
  Verifier verifier(Policy{}, 4);
  const TrustStore trust = trusting({pki().root});
  const std::string good = clear_signed_mail(alices()), bad = replaced(good, "Hello", "Hallo");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(verifier.verify(good, trust, default_now() + Seconds(i)).verdict.status, Status::kVerified);
        EXPECT_EQ(verifier.verify(bad, trust, default_now() + Seconds(i)).verdict.status, Status::kFailed);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace waxseal::smime
