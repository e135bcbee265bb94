// SIG-04, SIG-20 and the table of 2.4: what may be named, and what fits together.
#include "smime/algorithms.h"

#include <gtest/gtest.h>

#include "support/der.h"
#include "support/facts.h"
#include "support/mail.h"

namespace waxseal::test {
namespace {

using namespace smime;

std::string outcome_for(SignerSpec signer, const Policy& policy = {}) {
  return outcome_of(clear_signed_mail(signer), policy);
}

TEST(Algorithms, DigestsThatAreAllowed) {
  for (const std::string digest : {"SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-384", "SHA3-512"}) {
    EXPECT_EQ(outcome_for({.cert = alice(), .digest = digest}), "signed") << digest;
    EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa2048), .digest = digest}), "signed") << digest;
  }
}

TEST(Algorithms, Sha1IsWeakButItsArithmeticIsDone) {  // ATK-19
  const std::string mail = clear_signed_mail({.cert = alice(), .digest = "SHA1"});
  EXPECT_EQ(outcome_of(mail), "signed 2/0:weak_digest");
  EXPECT_TRUE(extract(mail).facts.layers[0].signers[0].candidates[0].verifies);
}

TEST(Algorithms, OtherDigestsAreUnsupported) {
  for (const std::string digest : {"MD5", "RIPEMD160"}) {
    const std::string mail = clear_signed_mail({.cert = alice(KeyType::kRsa2048), .digest = digest});
    EXPECT_EQ(outcome_of(mail).substr(0, 34), "signed 2/0:digest_alg_unsupported") << digest;
    EXPECT_TRUE(extract(mail).facts.layers[0].signers[0].unsupported_algorithm);
  }
}

TEST(Algorithms, DigestParametersAreAbsentOrNull) {
  const auto labelled = [](std::string_view parameters) {
    return outcome_for({.cert = alice(), .digest_algorithm = der::algorithm("2.16.840.1.101.3.4.2.1", parameters)});
  };
  EXPECT_EQ(labelled(der::null()), "signed");
  EXPECT_EQ(labelled(der::integer(1)), "signed 2/0:digest_alg_unsupported");
  // A signature algorithm in place of a digest (SIG-04).
  EXPECT_EQ(outcome_for({.cert = alice(), .digest_algorithm = der::algorithm("1.2.840.10045.4.3.2")}),
            "signed 2/0:digest_alg_unsupported");
}

TEST(Algorithms, TheSignatureAlgorithmMustFitTheDigest) {
  const auto labelled = [](KeyType type, std::string label) {
    return outcome_for({.cert = alice(type), .signature_algorithm = std::move(label)});
  };
  const auto rsa = [&](std::string_view oid) { return labelled(KeyType::kRsa2048, der::algorithm(oid, der::null())); };
  EXPECT_EQ(rsa("1.2.840.113549.1.1.1"), "signed");
  EXPECT_EQ(rsa("1.2.840.113549.1.1.11"), "signed");
  EXPECT_EQ(rsa("1.2.840.113549.1.1.13"), "signed 2/0:sig_alg_mismatch");
  EXPECT_EQ(rsa("1.2.840.113549.1.1.5"), "signed 2/0:sig_alg_mismatch");
  EXPECT_EQ(rsa("1.2.840.113549.1.1.4"), "signed 2/0:sig_alg_mismatch");  // ATK-09
  EXPECT_EQ(rsa("1.2.3.4"), "signed 2/0:sig_alg_unsupported");
  EXPECT_EQ(labelled(KeyType::kRsa2048, der::algorithm("1.2.840.113549.1.1.11")), "signed");
  EXPECT_EQ(labelled(KeyType::kRsa2048, der::algorithm("1.2.840.113549.1.1.11", der::integer(1))),
            "signed 2/0:sig_alg_unsupported");
  EXPECT_EQ(labelled(KeyType::kP256, der::algorithm("1.2.840.10045.2.1")), "signed");
  EXPECT_EQ(labelled(KeyType::kP256, der::algorithm("1.2.840.10045.4.3.2", der::null())), "signed");
  EXPECT_EQ(labelled(KeyType::kP256, der::algorithm("1.2.840.10045.4.3.4")), "signed 2/0:sig_alg_mismatch");
  EXPECT_EQ(labelled(KeyType::kP256, der::algorithm("1.2.840.113549.1.1.11")), "signed 2/0.0:sig_alg_mismatch");
}

TEST(Algorithms, MlDsaAndSlhDsaAreUnsupportedWhereOpenSslHasThemNot) {
  EXPECT_EQ(outcome_for({.cert = alice(), .signature_algorithm = der::algorithm("2.16.840.1.101.3.4.3.20")}),
            "signed 2/0:sig_alg_unsupported");
  const std::string ml_dsa = outcome_for(
      {.cert = alice(), .digest = "SHA512", .signature_algorithm = der::algorithm("2.16.840.1.101.3.4.3.18")});
  EXPECT_TRUE(ml_dsa == "signed 2/0:sig_alg_unsupported" || ml_dsa == "signed 2/0.0:sig_alg_mismatch") << ml_dsa;
}

TEST(Algorithms, EddsaWantsItsOwnDigest) {
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kEd25519), .digest = "SHA512"}), "signed");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kEd25519), .digest = "SHA256"}), "signed 2/0:sig_alg_mismatch");
  const std::string with_null = der::algorithm("1.3.101.112", der::null());
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kEd25519), .digest = "SHA512", .signature_algorithm = with_null}),
            "signed 2/0:sig_alg_unsupported");
  const std::string with_length = der::algorithm("2.16.840.1.101.3.4.2.18", der::integer(512));
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kEd448), .digest = "SHAKE256"}), "signed");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kEd448), .digest = "SHAKE256", .digest_algorithm = with_length}),
            "signed");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kEd448), .digest = "SHA512"}), "signed 2/0:sig_alg_mismatch");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa2048),
                         .digest = "SHAKE256",
                         .signature_algorithm = der::algorithm("1.2.840.113549.1.1.1", der::null()),
                         .signature_digest = "SHA256"}),
            "signed 2/0:sig_alg_mismatch");
}

TEST(Algorithms, PssParametersMustFit) {
  const auto pss = [](std::string_view hash, std::string_view mask, std::int64_t salt) {
    return outcome_for(
        {.cert = alice(KeyType::kRsa2048),
         .pss = true,
         .signature_algorithm = der::algorithm("1.2.840.113549.1.1.10", pss_parameters(hash, mask, salt))});
  };
  EXPECT_EQ(pss("SHA256", "SHA256", 32), "signed");
  EXPECT_EQ(pss("SHA512", "SHA256", 32), "signed 2/0:sig_alg_mismatch");
  EXPECT_EQ(pss("SHA256", "SHA1", 32), "signed 2/0:sig_alg_mismatch");
  EXPECT_EQ(pss("SHA256", "SHA256", 33), "signed 2/0:signature_invalid");
  EXPECT_EQ(pss("SHA256", "SHA256", 19), "signed 2/0.0:sig_alg_mismatch");
  EXPECT_EQ(pss("SHA256", "SHA256", 223), "signed 2/0.0:sig_alg_mismatch");
  const auto labelled = [](std::string label) {
    return outcome_for({.cert = alice(KeyType::kRsa2048), .pss = true, .signature_algorithm = std::move(label)});
  };
  EXPECT_EQ(labelled(der::algorithm("1.2.840.113549.1.1.10")), "signed 2/0:sig_alg_mismatch");  // DEFAULT is SHA-1
  EXPECT_EQ(labelled(der::algorithm("1.2.840.113549.1.1.10", der::null())), "signed 2/0:sig_alg_unsupported");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa2048), .digest = "SHA1", .pss = true}), "signed 2/0:weak_digest");
}

TEST(Algorithms, PssDefaultsAreSha1AndTwenty) {
  EXPECT_EQ(read_pss_parameters({}), PssParameters());
  EXPECT_EQ(read_pss_parameters(der::sequence({})), PssParameters());
  const PssParameters sha256{Digest::kSha256, Digest::kSha256, 32};
  EXPECT_EQ(read_pss_parameters(pss_parameters("SHA256", "SHA256", 32)), sha256);
  EXPECT_FALSE(read_pss_parameters(der::sequence({der::explicit_tag(3, der::integer(2))})));
  EXPECT_FALSE(read_pss_parameters(der::sequence({der::explicit_tag(2, der::integer(-1))})));
  EXPECT_FALSE(read_pss_parameters(der::sequence({der::explicit_tag(2, der::integer(20)), der::null()})));
}

TEST(Algorithms, KeysThatAreRefusedOrWeak) {  // ATK-17
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa1024)}), "signed 2/0.0:weak_key");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa2048Exponent3)}), "signed 2/0.0:weak_exponent");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kP224)}), "signed 2/0.0:key_unsupported");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kSecp256k1)}), "signed 2/0.0:key_unsupported");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kP256Explicit)}), "signed 2/0.0:key_unsupported");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kDsa)}).find("signed 2/0:sig_alg_unsupported"), 0u);
  Policy policy;
  policy.max_rsa_bits = 2048;
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa3072)}, policy), "signed 2/0.0:key_unsupported");
  policy.max_rsa_bits = 8192;
  policy.min_rsa_bits = 3072;
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa2048)}, policy), "signed 2/0.0:weak_key");
  EXPECT_EQ(outcome_for({.cert = alice(KeyType::kRsa3072)}, policy), "signed");
}

TEST(Algorithms, UnsupportedKeysCountAsUnsupportedAlgorithms) {
  EXPECT_TRUE(
      extract(clear_signed_mail({.cert = alice(KeyType::kP224)})).facts.layers[0].signers[0].unsupported_algorithm);
  EXPECT_FALSE(extract(clear_signed_mail({.cert = alice()})).facts.layers[0].signers[0].unsupported_algorithm);
}

}  // namespace
}  // namespace waxseal::test
