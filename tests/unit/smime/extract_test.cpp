// Whole messages that are right, of every form and algorithm; OpenSSL agrees where it can.
#include <gtest/gtest.h>

#include "support/facts.h"
#include "support/mail.h"
#include "support/oracle.h"

namespace waxseal::test {
namespace {

using namespace smime;

TEST(Extract, ClearSignedMessageOfEveryKeyTypeVerifies) {
  struct Row {
    KeyType type;
    std::string digest = "SHA256";
  };
  for (const Row& row : {Row{KeyType::kRsa2048}, Row{KeyType::kRsa3072, "SHA384"}, Row{KeyType::kRsaPss2048},
                         Row{KeyType::kP256}, Row{KeyType::kP384, "SHA384"}, Row{KeyType::kP521, "SHA512"},
                         Row{KeyType::kBrainpool256}, Row{KeyType::kBrainpool384}, Row{KeyType::kBrainpool512},
                         Row{KeyType::kEd25519, "SHA512"}, Row{KeyType::kEd448, "SHAKE256"}}) {
    const std::string mail = clear_signed_mail({.cert = alice(row.type), .digest = row.digest});
    const Extracted extracted = extract(mail);
    EXPECT_EQ(outcome(extracted.facts), "signed") << static_cast<int>(row.type);
    EXPECT_TRUE(is_clean(extracted.facts)) << static_cast<int>(row.type);
    const std::string changed = clear_signed_mail({.cert = alice(row.type), .digest = row.digest});
    std::string damaged = changed;
    damaged[damaged.find("Hello")] = 'J';
    EXPECT_EQ(outcome_of(damaged), "signed 2/0:digest_mismatch") << static_cast<int>(row.type);
  }
}

TEST(Extract, OpaqueMessageVerifies) {
  EXPECT_TRUE(is_clean(extract(opaque_signed_mail({.cert = alice()})).facts));
}

TEST(Extract, WhatOurFactsCallCleanOpenSslVerifies) {
  for (const bool detached : {true, false})
    for (const bool ber : {true, false})
      for (const Ess ess : {Ess::kNone, Ess::kV1, Ess::kV2, Ess::kBoth}) {
        const CmsSpec spec{.signers = {{.cert = alice(), .ess = ess}},
                           .detached = detached,
                           .ber = ber,
                           .certificates = {pki().intermediate.der}};
        const std::string content = text_entity();
        const std::string cms = make_cms(spec, content);
        const std::string mail = message(detached ? multipart_signed(content, cms) : pkcs7_mime(cms));
        EXPECT_TRUE(is_clean(extract(mail).facts));
        EXPECT_TRUE(openssl_verifies(cms, detached ? content : "", pki().root, default_now()));
      }
}

TEST(Extract, FactsNameTheSignerAndWhatItMeans) {
  const Extracted extracted = extract(clear_signed_mail({.cert = alice()}));
  const LayerFacts& layer = extracted.facts.layers.at(0);
  EXPECT_EQ(layer.form, LayerForm::kDetached);
  EXPECT_EQ(layer.section, "2");
  const SignerFacts& signer = layer.signers.at(0);
  EXPECT_EQ(signer.digest_algorithm, "sha256");
  EXPECT_EQ(signer.signature_algorithm, "ecdsa");
  EXPECT_EQ(signer.signing_time, default_now());
  const Candidate& candidate = signer.candidates.at(0);
  EXPECT_EQ(candidate.certificate, sha256(alice().der));
  EXPECT_EQ(candidate.unit.leaf, sha256(alice().der));
  EXPECT_EQ(candidate.unit.bundle, std::vector{sha256(pki().intermediate.der)});
  ASSERT_EQ(candidate.addresses.size(), 1u);
  EXPECT_EQ(candidate.addresses[0].address(), kAlice);
  EXPECT_EQ(extracted.certificates.size(), 2u);
  EXPECT_EQ(extracted.facts.units().size(), 1u);
  ASSERT_EQ(extracted.facts.identity.from.size(), 1u);
  EXPECT_EQ(extracted.facts.identity.from[0].address(), kAlice);
}

TEST(Extract, UnsignedMessageHasNoFacts) {
  const Extracted extracted = extract(message(text_entity()));
  EXPECT_EQ(extracted.facts.envelope, EnvelopeClass::kNone);
  EXPECT_TRUE(extracted.facts.layers.empty());
  EXPECT_TRUE(extracted.certificates.empty());
}

}  // namespace
}  // namespace waxseal::test
