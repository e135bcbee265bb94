// What holds for every message, whatever is in it: a changed octet of what is signed is noticed, and the order in which
// certificates and signers stand decides nothing (verification.md, appendix C).
#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

class Property : public testing::Test {
 protected:
  std::string judged_here(const std::string& mail) {
    return text_of(verifier_.verify(mail, trust_, default_now()).verdict);
  }
  // Every bit of every `step`th octet of `part`, which is somewhere in the verified message.
  void no_flip_is_verified(const std::string& mail, std::string_view part, std::size_t step = 1) {
    ASSERT_EQ(judged_here(mail), kVerified);
    const std::size_t begin = mail.find(part);
    ASSERT_NE(begin, mail.npos);
    for (std::size_t at = begin; at < begin + part.size(); at += step)
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = mail;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        EXPECT_NE(verifier_.verify(changed, trust_, default_now()).verdict.status, Status::kVerified)
            << at - begin << ", bit " << bit;
      }
  }

  Verifier verifier_{Policy{}};
  TrustStore trust_ = trusting({pki().root});
};

std::string opaque_binary(const CmsSpec& spec, std::string_view content) {
  return message(pkcs7_mime(make_cms(spec, content), {.encoding = "binary"}));
}

TEST_F(Property, NoBitOfSignedContentCanBeFlipped) {  // BYT-1, BYT-2, SIG-10
  const std::string content = text_entity("Pay Bob 10.\r\n");
  no_flip_is_verified(clear({}, content), content);
  no_flip_is_verified(opaque_binary(cms_spec(false), content), content);
  const std::string inner = multipart_signed(content, detached_cms(content), {.boundary = "inner"});
  no_flip_is_verified(message(multipart_signed(inner, detached_cms(inner))), content);
}

TEST_F(Property, NoBitOfSegmentedContentCanBeFlipped) {  // BYT-1
  const std::string content = text_entity("Pay Bob 10.\r\n");
  CmsSpec spec = cms_spec(false);
  spec.ber = true;
  spec.segment = content.size();
  no_flip_is_verified(opaque_binary(spec, content), content);
}

TEST_F(Property, SamplesOfALongMessageCanNotBeFlippedEither) {
  std::string text;
  for (int i = 0; text.size() < 100'000; ++i) text += "Line " + std::to_string(i) + " of a long text\r\n";
  const std::string content = text_entity(text);
  no_flip_is_verified(clear({}, content), content, 9973);
}

// Wherever an octet changes: what is still verified has the same content, the same signer and the same From.
TEST_F(Property, WhateverChangesNobodyElseIsVerified) {
  const std::string content = text_entity("Pay Bob 10.\r\n"), mail = clear({}, content);
  for (std::size_t at = 0; at < mail.size(); ++at)
    for (const int mask : {0x01, 0x20}) {
      std::string changed = mail;
      changed[at] = static_cast<char>(changed[at] ^ mask);
      const Verification v = verifier_.verify(changed, trust_, default_now());
      if (v.verdict.status != Status::kVerified) continue;
      EXPECT_NE(changed.find(content), changed.npos) << at;
      EXPECT_EQ(v.verdict.signer, sha256(alice().der)) << at;
      EXPECT_EQ(v.verdict.signer_address, kAlice) << at;
      ASSERT_EQ(v.extracted.facts.identity.from.size(), 1U) << at;
    }
}

template <class Item, class Judge>
void same_in_every_order(std::vector<Item> items, const std::string& expected, Judge judge) {
  std::vector<std::size_t> order(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    std::vector<Item> permuted;
    for (const std::size_t i : order) permuted.push_back(items[i]);
    EXPECT_EQ(judge(permuted), expected) << testing::PrintToString(order);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(Property, OrderOfCertificatesDecidesNothing) {
  const Pki other("Property Other");
  const Cert rogue = self_signed(ca_spec("Waxseal Test Root", -400));
  const auto with_bag = [&](const Cert& signer) {
    return [this, signer](const std::vector<std::string>& bag) {
      CmsSpec spec{.signers = {signed_by(signer)}, .include_signer_certificates = false, .certificates = bag};
      return judged_here(mail_with(spec));
    };
  };
  same_in_every_order<std::string>({alice().der, pki().intermediate.der, rogue.der, other.intermediate.der}, kVerified,
                                   with_bag(alice()));
  const Cert stranger = other.leaf(std::string(kAlice));
  same_in_every_order<std::string>({stranger.der, other.intermediate.der, other.root.der, pki().root.der},
                                   failed("chain_untrusted"), with_bag(stranger));
}

// SignerInfos are a SET: they are written in the order of the test here.
TEST_F(Property, OrderOfSignersDecidesNothing) {
  const Cert bob = pki().leaf("bob@example.org"), carol = pki().leaf("carol@example.org");
  const auto judge = [this](const std::vector<SignerSpec>& signers) {
    CmsSpec spec = cms_spec();
    spec.signers = signers;
    return judged_here(mail_with(spec));
  };
  SignerSpec forged = signed_by(bob), weak = signed_by(carol);
  forged.edit = flip_last_octet;
  weak.digest = "SHA1";
  same_in_every_order<SignerSpec>({signed_by(alice()), signed_by(bob), signed_by(carol)}, kVerified, judge);
  same_in_every_order<SignerSpec>({signed_by(alice()), forged, signed_by(carol)},
                                  failed("signature_invalid other_signer_failed"), judge);
  same_in_every_order<SignerSpec>({signed_by(alice()), forged, weak},
                                  failed("signature_invalid weak_digest other_signer_failed"), judge);
}

}  // namespace
}  // namespace waxseal::test
