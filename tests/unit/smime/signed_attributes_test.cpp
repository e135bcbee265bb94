// SIG-11, SIG-12, SIG-21, SIG-40: each rule broken alone, the signature itself always right.
#include "smime/signed_attributes.h"

#include <gtest/gtest.h>

#include "support/der.h"
#include "support/facts.h"
#include "support/mail.h"

namespace waxseal::test {
namespace {

using namespace smime;
using Edit = std::function<void(std::vector<Attribute>&)>;

std::string outcome_with(const Edit& edit, const Policy& policy = {}, Infos infos = Infos::kLeftOut) {
  return outcome_of(clear_signed_mail({.cert = alice(), .edit_attributes = edit}), policy, infos);
}

Edit remove(std::string_view oid) {
  return [oid](auto& attributes) { std::erase_if(attributes, [&](const Attribute& a) { return a.oid == oid; }); };
}
Edit repeat(std::string_view oid) {
  return [oid](auto& attributes) { attributes.push_back(*find(attributes, oid)); };
}
Edit set_values(std::string_view oid, std::vector<std::string> values) {
  return [=](auto& attributes) { find(attributes, oid)->values = values; };
}
Edit add(std::string_view oid, std::vector<std::string> values) {
  return [=](auto& attributes) { attributes.push_back({std::string(oid), values}); };
}

TEST(SignedAttributes, UntouchedOnesAreRight) {
  EXPECT_EQ(outcome_with([](auto&) {}), "signed");
}

TEST(SignedAttributes, ContentTypeMustBeThereOnceAndEqual) {
  EXPECT_EQ(outcome_with(remove(oids::kContentType)), "signed 2/0:attr_content_type");
  EXPECT_EQ(outcome_with(repeat(oids::kContentType)), "signed 2/0:attr_content_type 2/0:attr_duplicate");
  EXPECT_EQ(outcome_with(set_values(oids::kContentType, {der::oid(oids::kTstInfo)})),  // ATK-07
            "signed 2/0:attr_content_type");
  EXPECT_EQ(outcome_with(set_values(oids::kContentType, {der::octet_string("x")})), "signed 2/0:attr_content_type");
}

TEST(SignedAttributes, MessageDigestMustBeThereOnceAndWellFormed) {
  EXPECT_EQ(outcome_with(remove(oids::kMessageDigest)), "signed 2/0:attr_message_digest");
  EXPECT_EQ(outcome_with(repeat(oids::kMessageDigest)), "signed 2/0:attr_message_digest 2/0:attr_duplicate");  // ATK-11
  EXPECT_EQ(outcome_with(set_values(oids::kMessageDigest, {der::octet_string("short")})),
            "signed 2/0:attr_message_digest");
  EXPECT_EQ(outcome_with(set_values(oids::kMessageDigest, {der::utf8_string(std::string(32, 'x'))})),
            "signed 2/0:attr_message_digest");
  EXPECT_EQ(outcome_with(set_values(oids::kMessageDigest, {der::octet_string(std::string(32, 'x'))})),
            "signed 2/0:digest_mismatch");
}

TEST(SignedAttributes, AttributesThatMayOccurOnceAreNotRepeated) {
  EXPECT_EQ(outcome_with(repeat(oids::kSigningTime)), "signed 2/0:attr_duplicate");
  const std::string time = der::time(default_now());
  EXPECT_EQ(outcome_with(set_values(oids::kSigningTime, {time, time})), "signed 2/0:attr_duplicate");
  EXPECT_EQ(outcome_with(set_values(oids::kSigningTime, {})), "signed 2/0:attr_duplicate");
  const std::string capabilities = der::sequence({});
  EXPECT_EQ(outcome_with(add(oids::kSmimeCapabilities, {capabilities})), "signed");
  EXPECT_EQ(outcome_with(add(oids::kSmimeCapabilities, {capabilities, capabilities})), "signed 2/0:attr_duplicate");
}

TEST(SignedAttributes, UnknownOnesAreIgnoredHoweverOftenTheyOccur) {
  EXPECT_EQ(outcome_with([](auto& attributes) {
              attributes.push_back({"1.3.6.1.4.1.99999.1", {der::null(), der::integer(1)}});
              attributes.push_back({"1.3.6.1.4.1.99999.1", {}});
            }),
            "signed");
}

TEST(SignedAttributes, AnEmptySetIsMissingAttributes) {
  EXPECT_EQ(outcome_with([](auto& attributes) { attributes.clear(); }),
            "signed 2/0:attr_missing 2/0:attr_content_type 2/0:attr_message_digest");
}

TEST(SignedAttributes, WhatMustBeSignedIsNotUnsigned) {
  for (const auto oid : {oids::kContentType, oids::kMessageDigest, oids::kSigningTime, oids::kSigningCertificate,
                         oids::kSigningCertificateV2, oids::kAlgorithmProtect})
    EXPECT_EQ(
        outcome_of(clear_signed_mail({.cert = alice(), .unsigned_attributes = {{std::string(oid), {der::null()}}}})),
        "signed 2/0:attr_unsigned_misplaced")
        << oid;
  EXPECT_EQ(outcome_of(clear_signed_mail(
                {.cert = alice(), .unsigned_attributes = {{"1.2.840.113549.1.9.6", {der::sequence({})}}}})),
            "signed");
}

TEST(SignedAttributes, ReceivedOrderIsTriedWhereTheSetIsNotSorted) {
  const auto unsorted = [](auto& attributes) { std::swap(attributes[0], attributes[1]); };
  const std::string mail = clear_signed_mail({.cert = alice(), .sort_attributes = false, .edit_attributes = unsorted});
  EXPECT_EQ(outcome_of(mail, {}, Infos::kShown), "signed 2/0:attrs_not_der");
  EXPECT_TRUE(extract(mail).facts.layers[0].signers[0].candidates[0].verifies);
  // Signed over the sorted set, sent in another order: 5652 section 5.4.
  const auto shuffle = [](SignerFields& fields) {
    const auto set = der::explicit_tag(0, "");
    const std::string content = fields.signed_attributes.substr(2);
    const std::size_t first = 2 + static_cast<unsigned char>(content[1]);
    fields.signed_attributes = der::explicit_tag(0, content.substr(first) + content.substr(0, first));
  };
  const std::string shuffled = clear_signed_mail({.cert = alice(), .edit = shuffle});
  EXPECT_EQ(outcome_of(shuffled, {}, Infos::kShown), "signed 2/0:attrs_not_der");
  EXPECT_TRUE(extract(shuffled).facts.layers[0].signers[0].candidates[0].verifies);
}

TEST(SignedAttributes, AbsentOnesAreRefusedUnlessThePolicyTakesThem) {
  const std::string mail = clear_signed_mail({.cert = alice(), .signed_attributes = false});
  EXPECT_EQ(outcome_of(mail), "signed 2/0:attr_missing");
  Policy policy;
  policy.require_signed_attrs = false;
  EXPECT_TRUE(is_clean(extract(mail, policy).facts));
  std::string changed = mail;
  changed[changed.find("Hello")] = 'J';
  EXPECT_EQ(outcome_of(changed, policy), "signed 2/0:signature_invalid");
}

TEST(SignedAttributes, EddsaWithoutAttributesSignsTheContentItself) {
  Policy policy;
  policy.require_signed_attrs = false;
  const std::string mail =
      clear_signed_mail({.cert = alice(KeyType::kEd25519), .digest = "SHA512", .signed_attributes = false});
  EXPECT_TRUE(is_clean(extract(mail, policy).facts));
}

// ATK-02: the attributes of a genuine message become the content of a forged one; the signature fits.
TEST(SignedAttributes, AreNotTakenForContent) {
  const SignerSpec genuine{.cert = alice()};
  const std::string set = signed_attributes(genuine, text_entity());
  SignerSpec forged = genuine;
  forged.signed_attributes = false;
  Policy lax;
  lax.require_signed_attrs = lax.require_mime_content = false;
  const std::string opaque = opaque_signed_mail(forged, kAlice, set);
  EXPECT_EQ(outcome_of(opaque), "signed 1:signed_content_not_mime 1/0:signed_attrs_as_content 1/0:attr_missing");
  EXPECT_EQ(outcome_of(opaque, lax), "signed 1/0:signed_attrs_as_content");
  const std::string visible = text_entity("Pay Eve\r\n");
  const std::string cms = make_cms(CmsSpec{.signers = {forged}, .embedded = set}, set);
  EXPECT_EQ(outcome_of(message(multipart_signed(visible, cms))),
            "signed 2:cms_unexpected_econtent 2/0:signature_invalid 2/0:signed_attrs_as_content 2/0:attr_missing");
  const std::string two_values =
      opaque_signed_mail(forged, kAlice, der::set({der::sequence({der::oid("1.2.3"), der::set({})})}));
  EXPECT_EQ(outcome_of(two_values, lax), "signed");  // a SET, but not of the attributes that matter
}

TEST(SignedAttributes, AlgorithmProtectionMustMatch) {
  const auto protected_by = [](const Edit& edit) {
    return outcome_of(clear_signed_mail({.cert = alice(), .algorithm_protect = true, .edit_attributes = edit}));
  };
  const std::string sha256 = digest_algorithm("SHA256");
  const auto signature = [](std::string encoded) {
    encoded[0] = '\xa1';
    return encoded;
  };
  const std::string ecdsa = signature(signature_algorithm(KeyType::kP256, "SHA256"));
  const auto value = [&](std::vector<std::string> parts) {
    return set_values(oids::kAlgorithmProtect, {der::sequence(parts)});
  };
  EXPECT_EQ(protected_by([](auto&) {}), "signed");
  EXPECT_EQ(protected_by(value({der::algorithm("2.16.840.1.101.3.4.2.1", der::null()), ecdsa})), "signed");
  for (const auto& parts : std::vector<std::vector<std::string>>{
           {digest_algorithm("SHA512"), ecdsa},  // ATK-10
           {sha256, signature(signature_algorithm(KeyType::kP256, "SHA512"))},
           {sha256},
           {sha256, ecdsa, der::tlv(0xa2, der::oid("1.2.840.113549.2.9"))},
           {ecdsa},
       })
    EXPECT_EQ(protected_by(value(parts)), "signed 2/0:alg_protect_mismatch");
}

TEST(SignedAttributes, AlgorithmProtectionExpandsPssDefaults) {
  const SignerSpec signer{.cert = alice(KeyType::kRsa2048), .algorithm_protect = true, .pss = true};
  EXPECT_EQ(outcome_of(clear_signed_mail(signer)), "signed");
  // The same parameters, trailerField spelled out.
  SignerSpec spelled = signer;
  spelled.edit_attributes = [](auto& attributes) {
    const std::string parameters = pss_parameters("SHA256", "SHA256", 32);
    const std::string longer = der::sequence({parameters.substr(2), der::explicit_tag(3, der::integer(1))});
    std::string algorithm = der::algorithm("1.2.840.113549.1.1.10", longer);
    algorithm[0] = '\xa1';
    find(attributes, oids::kAlgorithmProtect)->values = {der::sequence({digest_algorithm("SHA256"), algorithm})};
  };
  EXPECT_EQ(outcome_of(clear_signed_mail(spelled)), "signed");
}

TEST(SignedAttributes, SigningTimeIsReadAndComparedWithTheDate) {
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice(), .signing_time = at("2028-01-01T00:00:00Z")})),
            "signed 2/0.0:signing_time_outside_validity");
  Policy policy;
  policy.date_mismatch_max = Seconds(3600);
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice(), .signing_time = at("2026-07-01T12:59:00Z")}), policy),
            "signed");
  EXPECT_EQ(outcome_of(clear_signed_mail({.cert = alice(), .signing_time = at("2026-07-01T13:01:00Z")}), policy),
            "signed 2/0:date_mismatch");
}

TEST(SignedAttributes, TimesHaveOneForm) {
  EXPECT_EQ(read_time(der::tlv(0x17, "260701120000Z")), default_now());
  EXPECT_EQ(read_time(der::tlv(0x17, "500101000000Z")), at("1950-01-01T00:00:00Z"));
  EXPECT_EQ(read_time(der::tlv(0x17, "490101000000Z")), at("2049-01-01T00:00:00Z"));
  EXPECT_EQ(read_time(der::tlv(0x18, "20500101000000Z")), at("2050-01-01T00:00:00Z"));
  for (const std::string text : {"2607011200Z", "260701120000", "260701120000+0000", "261301120000Z", "260230120000Z",
                                 "260701250000Z", "2607011200x0Z", ""})
    EXPECT_FALSE(read_time(der::tlv(0x17, text))) << text;
  EXPECT_FALSE(read_time(der::tlv(0x18, "260701120000Z")));
  EXPECT_FALSE(read_time(der::octet_string("260701120000Z")));
}

}  // namespace
}  // namespace waxseal::test
