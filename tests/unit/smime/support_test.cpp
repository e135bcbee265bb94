// The messages that the other tests stand on are what they claim to be: OpenSSL judges.
#include <gtest/gtest.h>

#include "support/mail.h"
#include "support/oracle.h"

namespace waxseal::test {
namespace {

bool opens(const CmsSpec& spec) {
  const std::string content = text_entity();
  return openssl_verifies(make_cms(spec, content), spec.detached ? content : "", pki().root, default_now());
}

CmsSpec alices(KeyType type, SignerSpec signer = {}) {
  signer.cert = alice(type);
  return {.signers = {signer}, .certificates = {pki().intermediate.der}};
}

TEST(TestSupport, EveryKeyTypeThatOpenSslKnowsMakesASignatureThatItAccepts) {
  for (const KeyType type : {KeyType::kRsa2048, KeyType::kRsaPss2048, KeyType::kP256, KeyType::kP384, KeyType::kP521,
                             KeyType::kBrainpool256, KeyType::kBrainpool384})
    EXPECT_TRUE(opens(alices(type))) << static_cast<int>(type);
}

TEST(TestSupport, AnotherContentIsRefused) {
  const CmsSpec spec = alices(KeyType::kP256);
  const std::string cms = make_cms(spec, text_entity());
  EXPECT_FALSE(openssl_verifies(cms, text_entity("Hello Eve\r\n"), pki().root, default_now()));
}

TEST(TestSupport, TheCertificatesAreRefusedOutsideTheirValidity) {
  const CmsSpec spec = alices(KeyType::kP256);
  const std::string content = text_entity();
  EXPECT_FALSE(openssl_verifies(make_cms(spec, content), content, pki().root, at("2027-06-01T00:00:00Z")));
}

TEST(TestSupport, OpaqueAndStreamedFormsAreRight) {
  CmsSpec spec = alices(KeyType::kP256);
  spec.detached = false;
  EXPECT_TRUE(opens(spec));
  spec.ber = true;
  spec.segment = 7;
  EXPECT_TRUE(opens(spec));
}

TEST(TestSupport, SignerOptionsKeepTheSignatureRight) {
  EXPECT_TRUE(opens(alices(KeyType::kRsa2048, {.pss = true})));
  EXPECT_TRUE(opens(alices(KeyType::kP256, {.by_key_identifier = true})));
  EXPECT_TRUE(opens(alices(KeyType::kP256, {.signed_attributes = false})));
  EXPECT_TRUE(opens(alices(KeyType::kP256, {.digest = "SHA512", .ess = Ess::kBoth, .algorithm_protect = true})));
}

}  // namespace
}  // namespace waxseal::test
