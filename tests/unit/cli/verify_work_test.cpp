// What a message may cost, counted and not timed: units of smime/work.h, each about a microsecond.  verify_limits_test
// measures the same messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "hostile_mail.h"
#include "smime/crl_acceptance.h"
#include "smime/verifier.h"

namespace waxseal::cli {
namespace {

using test::KeyType;
using testing::HasSubstr;

constexpr std::size_t kMost = 100'000;  // verification.md 1.6: 100 ms

struct Judged {
  std::string verdict;
  std::size_t reading = 0, paths = 0;  // work
  std::ptrdiff_t layers_left_out = 0;  // for what they would have cost
};

Judged judge(const std::string& mail, const test::Cert& anchor, const smime::Policy& policy = {}) {
  smime::TrustStore trust;
  trust.anchors.push_back({smime::Certificate::parse(anchor.der), std::nullopt});
  smime::Verifier verifier(policy);
  const smime::Verification found = verifier.verify(mail, trust, test::default_now());
  Judged out{.verdict = std::string(smime::status_token(found.verdict.status).value_or("null"))};
  for (const smime::Code code : found.verdict.codes) out.verdict.append(" ").append(smime::row(code).name);
  out.reading = found.extracted.work;
  for (const smime::LayerFacts& layer : found.extracted.facts.layers)
    out.layers_left_out += std::ranges::count(layer.codes, smime::Code::limit_exceeded);
  for (const auto& [unit, candidates] :
       verifier.candidates(found.extracted, trust, test::default_now(), smime::Epoch::kNow))
    out.paths += candidates->work;
  return out;
}

class WorkByKey : public testing::TestWithParam<KeyType> {};

TEST_P(WorkByKey, ACrowdIsBounded) {  // ATK-13
  const Judged found = judge(test::crowd(GetParam()), test::pki().root);
  EXPECT_THAT(found.verdict, HasSubstr("limit_exceeded"));
  EXPECT_LE(found.reading, smime::Policy().limits.work);
  EXPECT_LE(found.reading + found.paths, kMost);
}

TEST_P(WorkByKey, AnHonestChainWithThreeSignersIsVerified) {
  const test::HonestChain chain(GetParam());
  const Judged found = judge(chain.mail, chain.root);
  EXPECT_EQ(found.verdict, "signed/verified");
  EXPECT_LE(found.reading, smime::Policy().limits.work);
  EXPECT_LE(found.reading + found.paths, kMost);
}

INSTANTIATE_TEST_SUITE_P(Kinds, WorkByKey,
                         testing::Values(KeyType::kRsa2048, KeyType::kRsa3072, KeyType::kP256, KeyType::kP384,
                                         KeyType::kP521, KeyType::kBrainpool256, KeyType::kBrainpool384,
                                         KeyType::kBrainpool512, KeyType::kEd25519, KeyType::kEd448));

// Under such keys nothing is calculated; looking for the paths of so many signers among the authorities that are
// configured is work all the same, and ends at the limit.
TEST(Work, ACrowdOfKeysThatNobodyCalculatesWithIsBounded) {
  const Judged found = judge(test::crowd(KeyType::kDsa), test::pki().root);
  EXPECT_EQ(found.verdict, "signed/failed limit_exceeded sig_alg_unsupported");
  EXPECT_LE(found.reading + found.paths, kMost);
}

TEST(Work, TheLimitOfReadingIsExact) {
  const std::string mail = test::opaque_signed_mail({.cert = test::alice()});
  smime::Policy policy;
  policy.limits.work = judge(mail, test::pki().root).reading;
  EXPECT_EQ(judge(mail, test::pki().root, policy).verdict, "signed/verified");
  --policy.limits.work;
  EXPECT_THAT(judge(mail, test::pki().root, policy).verdict, HasSubstr("signed/failed limit_exceeded"));
}

TEST(Work, TheLimitOfPathsIsThatOfBuildingThem) {
  const std::string mail = test::opaque_signed_mail({.cert = test::alice()});
  smime::Policy policy;
  policy.limits.path_work = judge(mail, test::pki().root).paths / 2;  // validating is the other half
  EXPECT_EQ(judge(mail, test::pki().root, policy).verdict, "signed/verified");
  --policy.limits.path_work;
  EXPECT_THAT(judge(mail, test::pki().root, policy).verdict, HasSubstr("signed/failed chain_incomplete"));
}

// The outermost layer is read first, and it decides if it is valid (SIG-60): inner ones are left out.
void expect_layers_are_left_out(const std::string& within, const std::string& above) {
  for (const bool too_much : {false, true}) {
    const Judged found = judge(too_much ? above : within, test::pki().root);
    EXPECT_EQ(found.verdict, "signed/verified");
    EXPECT_EQ(found.layers_left_out > 0, too_much);
    EXPECT_LE(found.reading, smime::Policy().limits.work);
  }
}

TEST(Work, DigestsOfNestedLayersAreCounted) {  // ATK-12
  expect_layers_are_left_out(test::digested(2, 900'000), test::digested(8, 900'000));
}

TEST(Work, CertificatesOfNestedLayersAreCounted) {  // ATK-13
  expect_layers_are_left_out(test::certified(2, 60), test::certified(8, 60));
}

TEST(Work, ALayerThatIsLeftOutVouchesForNobody) {
  const test::Cert eve = test::pki().leaf("eve@example.org");
  const auto around = [&](std::size_t certificates) {
    test::CmsSpec outer{.signers = {{.cert = eve}}, .detached = false, .certificates = {test::pki().intermediate.der}};
    const std::string inside = test::pkcs7_mime(test::make_cms(
        {.signers = {{.cert = test::alice()}}, .detached = false, .certificates = {test::pki().intermediate.der}},
        test::text_entity()));
    for (std::size_t i = 0; i < certificates; ++i) outer.certificates.push_back(test::pki().leaf("x@example.net").der);
    return test::opaque_mail(outer, inside);
  };
  smime::Policy policy;
  policy.limits.work = 10'000;
  EXPECT_EQ(judge(around(10), test::pki().root, policy).verdict, "signed/verified");
  EXPECT_THAT(judge(around(30), test::pki().root, policy).verdict, testing::StartsWith("signed/failed"));
}

TEST(Work, ALongMessageMayCostMore) {
  constexpr std::size_t kMebibyte = std::size_t{1} << 20;
  EXPECT_EQ(smime::work_allowed(7, 0), 7u);
  EXPECT_EQ(smime::work_allowed(7, kMebibyte), 7u);
  EXPECT_EQ(smime::work_allowed(7, kMebibyte + 1), 14u);
  EXPECT_EQ(judge(test::digested(1, 3 * kMebibyte), test::pki().root).verdict, "signed/verified");
}

// --- RSA by modulus and exponent ---

std::size_t rsa_cost(int bits, std::uint64_t exponent) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> n(BN_new(), BN_free), e(BN_new(), BN_free);
  BN_set_bit(n.get(), bits - 1);
  BN_set_bit(n.get(), 0);
  BN_set_word(e.get(), exponent);
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(),
                                                                                OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(builder.get()),
                                                                           OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new_from_name({}, "RSA", {}),
                                                                            EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()), 1);
  const std::size_t cost = smime::read_key(key).cost;
  EVP_PKEY_free(key);
  return cost;
}

TEST(Work, RsaCostsByModulusAndExponent) {  // ATK-17
  EXPECT_EQ(rsa_cost(2048, 65537), 32u);
  EXPECT_EQ(rsa_cost(4096, 65537), 98u);
  EXPECT_EQ(rsa_cost(8192, 65537), 362u);
  EXPECT_EQ(rsa_cost(8192, (std::uint64_t{1} << 63) + 1), 1887u);
}

// --- lists of the message ---

TEST(Work, LookingForTheSignerOfAListIsCounted) {  // REV-03
  test::CertSpec spec = test::ca_spec("Test Lists", -31);
  spec.key = KeyType::kBrainpool512;
  test::Cert lists_key = test::issue(spec, test::pki().root);
  test::CertSpec named = spec;
  const auto parsed = [](const test::Cert& cert) { return smime::Certificate::parse(cert.der); };
  const smime::CertificatePtr leaf = parsed(test::issue({.emails = {std::string(test::kAlice)}}, lists_key));
  // An authority that signs certificates with one key and lists with another.
  test::CertSpec certificates_key = named;
  certificates_key.key_index = -32;
  const smime::CertificatePtr issuer = parsed(test::issue(certificates_key, test::pki().root));
  const auto list = smime::Crl::parse(test::make_crl({}, lists_key));
  ASSERT_TRUE(list);
  smime::Policy policy;
  const smime::RevocationQuestion question = smime::make_question(leaf, issuer, parsed(test::pki().root), 0, policy);
  smime::TrustStore trust;
  const auto accepted = [&](std::size_t limit) {
    smime::Work work(limit);
    return smime::accept_crl(*list, question, {trust, {parsed(lists_key)}, &work}, policy, test::default_now())
        .has_value();
  };
  EXPECT_TRUE(accepted(smime::kMessageListsWork));
  EXPECT_FALSE(accepted(1'000));
}

}  // namespace
}  // namespace waxseal::cli
