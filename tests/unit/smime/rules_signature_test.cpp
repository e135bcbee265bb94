// Every rule of signatures (verification.md section 2) and every attack on the CMS container (8.1), from octets to
// verdict, each beside a message that differs in one thing and is judged otherwise.
#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

const std::string kUnknown = "unknown";

// Alice's ordinary mail but for one change of how it is signed.
template <class Change>
std::string alices(Change change) {
  SignerSpec signer = signed_by(alice());
  change(signer);
  return clear_signed_mail(signer);
}
const std::string& good() {
  static const std::string mail = clear_signed_mail(signed_by(alice()));
  return mail;
}
std::string alices_with(KeyType key, std::string digest = "SHA256", bool pss = false) {
  SignerSpec signer = signed_by(alice(key));
  signer.digest = std::move(digest);
  signer.pss = pss;
  return clear_signed_mail(signer);
}
std::string labelled(KeyType key, std::string signature_algorithm, std::string digest = "SHA256") {
  SignerSpec signer = signed_by(alice(key));
  signer.digest = std::move(digest);
  signer.signature_algorithm = std::move(signature_algorithm);
  return clear_signed_mail(signer);
}
std::string rsa_label(std::string_view oid) {
  return labelled(KeyType::kRsa2048, der::algorithm(oid, der::null()));
}
std::string edited(std::function<void(std::vector<Attribute>&)> edit) {
  return alices([&](SignerSpec& signer) { signer.edit_attributes = edit; });
}
std::string with_values(std::string_view oid, const std::vector<std::string>& values) {
  return edited([=](auto& attributes) { find(attributes, oid)->values = values; });
}
std::string without(std::string_view oid) {
  return edited([=](auto& all) { std::erase_if(all, [&](const Attribute& a) { return a.oid == oid; }); });
}
std::string repeating(std::string_view oid) {
  return edited([=](auto& all) { all.push_back(*find(all, oid)); });
}
std::string with_unsigned(std::string_view oid) {
  return alices([&](SignerSpec& s) { s.unsigned_attributes = {{std::string(oid), {der::null()}}}; });
}
Cert alice_again(std::string_view email = kAlice, int key_index = 0) {
  return pki().leaf({.common_name = "Alice again", .emails = {std::string(email)}, .key_index = key_index});
}
const Cert& eve() {
  static const Cert made = pki().leaf({.common_name = "Eve", .emails = {"eve@example.com"}, .key_index = 7});
  return made;
}

TEST(RulesSignature, WhatIsNotAuthenticatedDecidesNothing) {
  CmsSpec unlisted = cms_spec();
  unlisted.digest_algorithms.emplace();
  CmsSpec too_many = cms_spec();
  too_many.digest_algorithms.emplace(9, digest_algorithm("SHA256"));
  check({
      {"SIG-01 version of the SignerInfo",
       alices([](SignerSpec& s) { s.edit = [](SignerFields& f) { f.version = der::integer(7); }; }), kVerified,
       alices([](SignerSpec& s) { s.edit = [](SignerFields& f) { f.version = der::null(); }; }),
       failed("cms_malformed")},
      {"SIG-05 digestAlgorithms is empty", mail_with(unlisted), kVerified, mail_with(too_many),
       failed("limit_exceeded")},
      {"SIG-11f countersignatures are ignored", with_unsigned("1.2.840.113549.1.9.6"), kVerified,
       with_unsigned(oids::kSigningTime), failed("attr_unsigned_misplaced")},
      {"SIG-11g unknown attributes are ignored", edited([](auto& all) {
         all.push_back({"1.3.6.1.4.1.99999.1", {der::null()}});
       }),
       kVerified, edited([](auto& all) {
         all.push_back({std::string(oids::kAlgorithmProtect), {der::null()}});
       }),
       failed("alg_protect_mismatch")},
      {"SIG-41 capabilities have no effect", edited([](auto& all) {
         all.push_back({std::string(oids::kSmimeCapabilities), {der::sequence({})}});
       }),
       kVerified, edited([](auto& all) {
         all.push_back({std::string(oids::kSmimeCapabilities), {der::sequence({}), der::sequence({})}});
       }),
       failed("attr_duplicate")},
  });
}

TEST(RulesSignature, ContentAndItsType) {
  CmsSpec embedding = cms_spec();
  embedding.embedded = text_entity();
  CmsSpec missing = cms_spec();
  check({
      {"SIG-03 detached has no eContent", message(multipart_signed(text_entity(), make_cms(embedding, text_entity()))),
       failed("cms_unexpected_econtent"), good(), kVerified},
      {"SIG-03 opaque has one", opaque(make_cms(missing, text_entity())), failed("cms_missing_econtent"),
       opaque(opaque_cms()), kVerified},
      {"SIG-10 digest over the octets as sent", replaced(good(), "Hello Bob", "Hello Rob"), failed("digest_mismatch"),
       good(), kVerified},
      {"SIG-11a contentType absent", without(oids::kContentType), failed("attr_content_type"), good(), kVerified},
      {"SIG-11a ATK-07 another contentType", with_values(oids::kContentType, {der::oid(oids::kTstInfo)}),
       failed("attr_content_type"), with_values(oids::kContentType, {der::oid(oids::kData)}), kVerified},
      {"SIG-11b messageDigest absent", without(oids::kMessageDigest), failed("attr_message_digest"), good(), kVerified},
      {"SIG-11b wrong length", with_values(oids::kMessageDigest, {der::octet_string("short")}),
       failed("attr_message_digest"), with_values(oids::kMessageDigest, {der::octet_string(std::string(32, 'x'))}),
       failed("digest_mismatch")},
      {"SIG-11d no attribute at all", edited([](auto& all) { all.clear(); }),
       failed("attr_missing attr_content_type attr_message_digest"), good(), kVerified},
      {"SIG-11e ATK-11 duplicate messageDigest", repeating(oids::kMessageDigest),
       failed("attr_message_digest attr_duplicate"), good(), kVerified},
      {"SIG-11e ATK-11 two values",
       with_values(oids::kSigningTime, {der::time(default_now()), der::time(default_now())}), failed("attr_duplicate"),
       with_values(oids::kSigningTime, {der::time(default_now())}), kVerified},
      {"SIG-11f ATK-11 unsigned messageDigest", with_unsigned(oids::kMessageDigest), failed("attr_unsigned_misplaced"),
       with_unsigned("1.3.6.1.4.1.99999.1"), kVerified},
  });
}

TEST(RulesSignature, OrderOfTheAttributes) {
  const std::string unsorted = alices([](SignerSpec& s) {
    s.sort_attributes = false;
    s.edit_attributes = [](auto& all) { std::swap(all[0], all[1]); };
  });
  check({
      {"SIG-11c the signature is over the attributes", alices([](SignerSpec& s) {
         s.edit = [](SignerFields& f) {
           f.signed_attributes.back() = static_cast<char>(f.signed_attributes.back() ^ 1);
         };
       }),
       failed("digest_mismatch signature_invalid"), good(), kVerified},
      {"SIG-11h not sorted",
       unsorted,
       kVerified,
       unsorted,
       failed("attrs_not_der"),
       {},
       {.policy = with_knob("require_der_attrs", "on")}},
  });
}

TEST(RulesSignature, WithoutSignedAttributes) {
  const std::string bare = alices([](SignerSpec& s) { s.signed_attributes = false; });
  const Policy lax = with_knob("require_signed_attrs", "off");
  Policy laxest = lax;
  laxest.require_mime_content = false;
  // ATK-02: the attributes of a genuine message as content, with the genuine signature.
  SignerSpec forger = signed_by(alice());
  forger.signed_attributes = false;
  const std::string set = signed_attributes(signed_by(alice()), text_entity());
  const std::string forged = opaque_signed_mail(forger, kAlice, set);
  const std::string harmless = der::set({der::sequence({der::oid("1.2.3"), der::set({})})});
  CmsSpec in_multipart = cms_spec();
  in_multipart.signers = {forger};
  in_multipart.embedded = set;
  CmsSpec other_type = cms_spec();
  other_type.signers = {forger};
  other_type.econtent_type = "1.3.6.1.4.1.99999.7";
  Policy other_accepted = with_knob("accepted_econtent_types", "1.3.6.1.4.1.99999.7 1.2.840.113549.1.7.1");
  other_accepted.require_signed_attrs = false;
  check({
      {"SIG-12a only id-data",
       mail_with(other_type),
       failed("attr_missing"),
       bare,
       kVerified,
       {.policy = other_accepted},
       {.policy = other_accepted}},
      {"SIG-12b ATK-02 opaque", forged, failed("signed_content_not_mime signed_attrs_as_content attr_missing"), good(),
       kVerified},
      {"SIG-12b ATK-02 without the other guards",
       forged,
       failed("signed_attrs_as_content"),
       opaque_signed_mail(forger, kAlice, harmless),
       kVerified,
       {.policy = laxest},
       {.policy = laxest}},
      {"SIG-12b ATK-02 in multipart/signed",
       message(multipart_signed(text_entity("Pay Eve\r\n"), make_cms(in_multipart, set))),
       failed("cms_unexpected_econtent signature_invalid signed_attrs_as_content attr_missing"), good(), kVerified},
      {"SIG-12b ATK-47 not a MIME entity", clear({}, "Just text\r\n"), failed("signed_content_not_mime"),
       clear({}, "\r\nJust text\r\n"), kVerified},
      {"SIG-12b knob",
       clear({}, "Just text\r\n"),
       kVerified,
       clear({}, "Just text\r\n"),
       failed("signed_content_not_mime"),
       {.policy = with_knob("require_mime_content", "off")},
       {}},
      {"SIG-12c ATK-03", bare, failed("attr_missing"), good(), kVerified},
      {"SIG-12c knob",
       bare,
       kVerified,
       replaced(bare, "Hello Bob", "Hello Rob"),
       failed("signature_invalid"),
       {.policy = lax},
       {.policy = lax}},
  });
}

TEST(RulesSignature, DigestAlgorithms) {
  const auto relabelled = [](std::string algorithm) {
    return alices([&](SignerSpec& s) { s.digest_algorithm = algorithm; });
  };
  std::vector<RuleCase> cases = {
      {"SIG-04 unknown", relabelled(der::algorithm("1.2.3.4")), failed("digest_alg_unsupported"), good(), kVerified},
      {"SIG-04 MD5", alices_with(KeyType::kRsa2048, "MD5"), failed("digest_alg_unsupported"),
       alices_with(KeyType::kRsa2048), kVerified},
      {"SIG-04 a signature's identifier", relabelled(der::algorithm("1.2.840.10045.4.3.2")),
       failed("digest_alg_unsupported"), good(), kVerified},
      {"SIG-04 parameters", relabelled(der::algorithm("2.16.840.1.101.3.4.2.1", der::integer(1))),
       failed("digest_alg_unsupported"), relabelled(der::algorithm("2.16.840.1.101.3.4.2.1", der::null())), kVerified},
      {"ATK-19 SHA-1", alices_with(KeyType::kRsa2048, "SHA1"), failed("weak_digest"), alices_with(KeyType::kRsa2048),
       kVerified},
      {"2.4 knob weak_severity",
       alices_with(KeyType::kRsa2048, "SHA1"),
       kVerified + " weak_digest",
       alices_with(KeyType::kRsa2048, "SHA1"),
       failed("weak_digest"),
       {.policy = with_knob("weak_severity", "warn")},
       {}},
  };
  for (const std::string digest : {"SHA224", "SHA384", "SHA512", "SHA3-256", "SHA3-384", "SHA3-512"})
    cases.push_back({"SIG-04 " + digest, alices_with(KeyType::kP256, digest), kVerified,
                     replaced(alices_with(KeyType::kP256, digest), "Hello Bob", "Hello Rob"),
                     failed("digest_mismatch")});
  check(cases);
}

// Every kind of signer, detached and opaque, DER and BER, by issuer and by key; a damaged signature is refused.
TEST(RulesSignature, EveryKeyInEveryForm) {  // SIG-20, SIG-32, BYT-1
  const std::vector<std::pair<KeyType, std::string>> keys = {
      {KeyType::kRsa2048, "SHA256"},      {KeyType::kRsa3072, "SHA384"},      {KeyType::kRsa4096, "SHA512"},
      {KeyType::kRsaPss2048, "SHA256"},   {KeyType::kP256, "SHA256"},         {KeyType::kP384, "SHA384"},
      {KeyType::kP521, "SHA512"},         {KeyType::kBrainpool256, "SHA256"}, {KeyType::kBrainpool384, "SHA384"},
      {KeyType::kBrainpool512, "SHA512"}, {KeyType::kEd25519, "SHA512"},      {KeyType::kEd448, "SHAKE256"}};
  struct Form {
    bool detached, ber, by_key;
  };
  constexpr Form kForms[] = {{true, false, false}, {true, true, true}, {false, false, true}, {false, true, false}};
  for (const auto& [key, digest] : keys)
    for (const Form& form : kForms) {
      CmsSpec spec = cms_spec(form.detached);
      spec.ber = form.ber;
      SignerSpec& signer = spec.signers[0];
      signer = signed_by(alice(key));
      signer.digest = digest;
      signer.by_key_identifier = form.by_key;
      const std::string what = std::to_string(static_cast<int>(key)) + (form.detached ? " detached" : " opaque") +
                               (form.ber ? " BER" : " DER") + (form.by_key ? " by key" : " by issuer");
      EXPECT_EQ(judged(mail_with(spec)), kVerified) << what;
      signer.edit = flip_last_octet;
      EXPECT_EQ(judged(mail_with(spec)), failed("signature_invalid")) << what;
    }
}

TEST(RulesSignature, SignatureAlgorithms) {
  const auto pss = [](std::string_view hash, std::string_view mask, std::int64_t salt) {
    return alices([&](SignerSpec& s) {
      s.cert = alice(KeyType::kRsa2048);
      s.pss = true;
      s.signature_algorithm = der::algorithm("1.2.840.113549.1.1.10", pss_parameters(hash, mask, salt));
    });
  };
  const std::string mismatch = failed("sig_alg_mismatch"), unsupported = failed("sig_alg_unsupported");
  const std::string rsa = rsa_label("1.2.840.113549.1.1.1");
  check({
      {"SIG-20 RSA of another digest", rsa_label("1.2.840.113549.1.1.13"), mismatch, rsa, kVerified},
      {"SIG-20 ATK-09 md5WithRSA", rsa_label("1.2.840.113549.1.1.4"), mismatch, rsa_label("1.2.840.113549.1.1.11"),
       kVerified},
      {"SIG-20 unknown", rsa_label("1.2.3.4"), unsupported, rsa, kVerified},
      {"SIG-20 ECDSA of another digest", labelled(KeyType::kP256, der::algorithm("1.2.840.10045.4.3.4")), mismatch,
       labelled(KeyType::kP256, der::algorithm("1.2.840.10045.4.3.2", der::null())), kVerified},
      {"SIG-20 id-ecPublicKey", labelled(KeyType::kP256, der::algorithm("1.2.840.10045.2.1")), kVerified,
       labelled(KeyType::kP256, der::algorithm("1.2.840.113549.1.1.11")), mismatch},
      {"SIG-20 Ed25519 with SHA-256", alices_with(KeyType::kEd25519, "SHA256"), mismatch,
       alices_with(KeyType::kEd25519, "SHA512"), kVerified},
      {"SIG-20 Ed25519 with parameters",
       labelled(KeyType::kEd25519, der::algorithm("1.3.101.112", der::null()), "SHA512"), unsupported,
       labelled(KeyType::kEd25519, der::algorithm("1.3.101.112"), "SHA512"), kVerified},
      {"SIG-20 Ed448 with SHA-512", alices_with(KeyType::kEd448, "SHA512"), mismatch,
       alices_with(KeyType::kEd448, "SHAKE256"), kVerified},
      {"SIG-20 PSS", pss("SHA256", "SHA256", 32), kVerified, pss("SHA256", "SHA1", 32), mismatch},
      {"SIG-20 ATK-18 PSS salt", pss("SHA256", "SHA256", 33), failed("signature_invalid"), pss("SHA256", "SHA256", 19),
       mismatch},
      {"SIG-20 DSA", alices_with(KeyType::kDsa), failed("sig_alg_unsupported key_unsupported weak_key"),
       alices_with(KeyType::kP256), kVerified},
      {"SIG-20 SLH-DSA", labelled(KeyType::kP256, der::algorithm("2.16.840.1.101.3.4.3.20")), unsupported,
       alices_with(KeyType::kP256), kVerified},
  });
}

TEST(RulesSignature, Keys) {  // 2.4
  const std::string key_unsupported = failed("key_unsupported");
  const std::string small = alices_with(KeyType::kRsa1024), k1 = alices_with(KeyType::kSecp256k1);
  check({
      {"2.4 RSA 1024", small, failed("weak_key"), alices_with(KeyType::kRsa2048), kVerified},
      {"2.4 knob",
       small,
       kVerified + " weak_key",
       small,
       failed("weak_key"),
       {.policy = with_knob("weak_severity", "warn")},
       {}},
      {"2.4 min_rsa_bits",
       alices_with(KeyType::kRsa2048),
       failed("weak_key"),
       alices_with(KeyType::kRsa3072),
       kVerified,
       {.policy = with_knob("min_rsa_bits", "3072")},
       {.policy = with_knob("min_rsa_bits", "3072")}},
      {"2.4 ATK-17 max_rsa_bits",
       alices_with(KeyType::kRsa3072),
       key_unsupported,
       alices_with(KeyType::kRsa2048),
       kVerified,
       {.policy = with_knob("max_rsa_bits", "2048")},
       {.policy = with_knob("max_rsa_bits", "2048")}},
      {"2.4 exponent 3", alices_with(KeyType::kRsa2048Exponent3), kVerified + " weak_exponent",
       alices_with(KeyType::kRsa2048), kVerified},
      {"2.4 P-224", alices_with(KeyType::kP224), key_unsupported, alices_with(KeyType::kP256), kVerified},
      {"2.4 secp256k1 and its knob",
       k1,
       key_unsupported,
       k1,
       kVerified,
       {},
       {.policy = with_knob("allow_secp256k1", "on")}},
      {"ATK-17 explicit curve parameters", alices_with(KeyType::kP256Explicit), key_unsupported,
       alices_with(KeyType::kP256), kVerified},
  });
}

TEST(RulesSignature, AlgorithmProtection) {  // SIG-21
  const auto protecting = [](const std::string& digest, KeyType signature_of, std::string_view signature_digest) {
    return alices([&](SignerSpec& s) {
      s.algorithm_protect = true;
      s.edit_attributes = [=](auto& all) {
        std::string signature = signature_algorithm(signature_of, signature_digest);
        signature[0] = '\xa1';
        find(all, oids::kAlgorithmProtect)->values = {der::sequence({digest_algorithm(digest), signature})};
      };
    });
  };
  const std::string right = protecting("SHA256", KeyType::kP256, "SHA256");
  check({
      {"SIG-21 ATK-10 digest", protecting("SHA512", KeyType::kP256, "SHA256"), failed("alg_protect_mismatch"), right,
       kVerified},
      {"SIG-21 ATK-10 signature", protecting("SHA256", KeyType::kRsa2048, "SHA256"), failed("alg_protect_mismatch"),
       right, kVerified},
  });
}

TEST(RulesSignature, SignerCertificates) {
  CmsSpec missing = cms_spec();
  missing.include_signer_certificates = false;
  CmsSpec unreadable = missing;
  unreadable.certificates.push_back(der::sequence({der::integer(1)}));
  CmsSpec attribute_certificate = cms_spec();
  attribute_certificate.certificates.push_back(der::tlv(0xa1, der::null()));
  // ATK-23: another certificate with Alice's key identifier comes first.
  const Cert rival = pki().leaf({.common_name = "Rival",
                                 .emails = {std::string(kAlice)},
                                 .key_index = 8,
                                 .key_identifier = alice().key_identifier});
  CmsSpec by_key = missing;
  by_key.signers[0].by_key_identifier = true;
  by_key.certificates = {rival.der, alice().der, pki().intermediate.der};
  CmsSpec rival_alone = by_key;
  rival_alone.certificates = {rival.der, pki().intermediate.der};
  // SIG-33: the expired certificate of the same key comes first.
  CertSpec old_spec{.common_name = "Alice", .emails = {std::string(kAlice)}};
  old_spec.not_after = default_now() - Seconds(1);
  const Cert expired = pki().leaf(old_spec);
  CmsSpec renewed = by_key;
  renewed.certificates = {expired.der, alice().der, pki().intermediate.der};
  CmsSpec only_old = by_key;
  only_old.certificates = {expired.der, pki().intermediate.der};
  check({
      {"SIG-30 absent", mail_with(missing), failed("signer_cert_not_found"), mail_with(cms_spec()), kVerified},
      {"SIG-30 unreadable", mail_with(unreadable), failed("signer_cert_not_found cert_malformed"),
       mail_with(cms_spec()), kVerified},
      {"SIG-30 from the configuration",
       mail_with(missing),
       kVerified,
       mail_with(missing),
       failed("signer_cert_not_found"),
       {.intermediates = {alice()}},
       {.intermediates = {eve()}}},
      {"SIG-30 attribute certificates are passed over", mail_with(attribute_certificate), kVerified, mail_with(missing),
       failed("signer_cert_not_found")},
      {"SIG-32 ATK-23 every certificate with the key identifier", mail_with(by_key), kVerified, mail_with(rival_alone),
       failed("signature_invalid")},
      {"SIG-33 the one that is fully valid", mail_with(renewed), kVerified, mail_with(only_old),
       failed("signing_time_outside_validity cert_expired")},
  });
}

TEST(RulesSignature, SigningCertificateAttribute) {  // SIG-31
  const auto named = [](Ess ess, const Cert& other, bool with_signer) {
    CmsSpec spec = cms_spec();
    spec.signers[0].ess = ess;
    spec.signers[0].by_key_identifier = true;
    spec.include_signer_certificates = with_signer;
    spec.certificates.insert(spec.certificates.begin(), other.der);
    return mail_with(spec);
  };
  const Cert other_identity = alice_again("boss@example.org");
  const auto ess_value = [](const std::string& value) {
    return alices([&](SignerSpec& s) {
      s.ess = Ess::kV2;
      s.edit_attributes = [=](auto& all) { find(all, oids::kSigningCertificateV2)->values = {value}; };
    });
  };
  const auto id = [](std::string_view algorithm, std::string_view hash) {
    return der::sequence({der::sequence({der::sequence({der::algorithm(algorithm), der::octet_string(hash)})})});
  };
  const auto restricted = [](const Cert& allowed) {
    return alices([&](SignerSpec& s) {
      s.ess = Ess::kV2;
      s.ess_path = {allowed};
    });
  };
  const std::string v2 = alices([](SignerSpec& s) { s.ess = Ess::kV2; });
  std::vector<RuleCase> cases = {
      {"SIG-31 malformed", ess_value(der::null()), failed("ess_malformed"), v2, kVerified},
      {"SIG-31 unknown hash is as good as absent", ess_value(id("1.2.3.4", "x")), kVerified,
       ess_value(id("2.16.840.1.101.3.4.2.3", "x")), failed("ess_cert_mismatch")},
      {"SIG-31 PTH-24 further entries restrict the path", restricted(pki().root), failed("ess_path_restriction"),
       restricted(pki().intermediate), kVerified},
      {"SIG-31 require_ess",
       good(),
       failed("attr_missing"),
       v2,
       kVerified,
       {.policy = with_knob("require_ess", "on")},
       {.policy = with_knob("require_ess", "on")}},
      {"ATK-24 substituted identity without ESS", named(Ess::kNone, other_identity, false), failed("from_mismatch"),
       named(Ess::kNone, other_identity, true), kVerified},
  };
  for (const Ess ess : {Ess::kV1, Ess::kV2, Ess::kBoth})
    cases.push_back({"SIG-31 ATK-24 substituted certificate", named(ess, other_identity, false),
                     failed("ess_cert_mismatch from_mismatch"), named(ess, other_identity, true), kVerified});
  check(cases);
}

TEST(RulesSignature, SigningTime) {  // SIG-40
  const auto signed_at = [](std::optional<Time> time) { return alices([&](SignerSpec& s) { s.signing_time = time; }); };
  const Time later = default_now() + Seconds(25 * 3600), outside = at("2028-01-01T00:00:00Z");
  const Circumstances an_hour{.policy = with_knob("date_mismatch_max", "3600")};
  const auto date = [](const std::string& mail) { return replaced(mail, "Subject: ", "X-Subject: "); };
  check({
      {"SIG-40 in the future", signed_at(later), kVerified + " signing_time_future",
       signed_at(default_now() + Seconds(23 * 3600)), kVerified},
      {"SIG-40 outside validity", signed_at(at("2025-01-01T00:00:00Z")), kVerified + " signing_time_outside_validity",
       signed_at(default_not_before()), kVerified},
      {"SIG-40 both", signed_at(outside), kVerified + " signing_time_future signing_time_outside_validity", good(),
       kVerified},
      {"SIG-40 unreadable", with_values(oids::kSigningTime, {der::tlv(0x17, "yesterday")}), kVerified,
       with_values(oids::kSigningTime, {}), failed("attr_duplicate")},
      {"SIG-40 absent", signed_at(std::nullopt), kVerified, signed_at(later), kVerified + " signing_time_future"},
      {"SIG-40 ATK-79 date_mismatch_max", signed_at(default_now() - Seconds(7200)), failed("date_mismatch"), good(),
       kVerified, an_hour, an_hour},
      {"SIG-40 ATK-79 off",
       date(signed_at(default_now() - Seconds(7200))),
       kVerified,
       date(signed_at(default_now() - Seconds(7200))),
       failed("date_mismatch"),
       {},
       an_hour},
  });
}

TEST(RulesSignature, SeveralSigners) {  // SIG-50
  const auto two = [](SignerSpec first, SignerSpec second) {
    CmsSpec spec = cms_spec();
    spec.signers = {std::move(first), std::move(second)};
    return spec;
  };
  SignerSpec forged = signed_by(eve());
  forged.edit = flip_last_octet;
  SignerSpec unsupported = signed_by(alice());
  unsupported.signature_algorithm = der::algorithm("1.2.3.4");
  const std::string other_failed = failed("signature_invalid other_signer_failed");
  const Cert bob = pki().leaf("bob@example.org");
  const std::string both = "alice@example.org, bob@example.org";
  check({
      {"SIG-50 ATK-04 appended", mail_with(two(signed_by(alice()), forged)), other_failed,
       mail_with(two(signed_by(alice()), signed_by(eve()))), kVerified},
      {"SIG-50 ATK-04 prepended", mail_with(two(forged, signed_by(alice()))), other_failed,
       mail_with(two(signed_by(eve()), signed_by(alice()))), kVerified},
      {"SIG-50 ATK-04 From is the other's", mail_with(two(signed_by(eve()), signed_by(bob))), failed("from_mismatch"),
       mail_with(two(signed_by(eve()), signed_by(bob)), text_entity(), "bob@example.org"), kVerified},
      {"SIG-50 multi_signer",
       mail_with(two(signed_by(alice()), forged)),
       kVerified,
       mail_with(two(signed_by(alice()), forged)),
       other_failed,
       {.policy = with_knob("multi_signer", "from_signer_only")},
       {}},
      {"SIG-50 unsupported beside a valid one of the same signer", mail_with(two(signed_by(alice()), unsupported)),
       kVerified, clear_signed_mail(unsupported), failed("sig_alg_unsupported")},
      {"SIG-50 IDN-04 two authors", mail_with(two(signed_by(alice()), signed_by(bob)), text_entity(), both), kVerified,
       mail_with(cms_spec(), text_entity(), both), failed("from_multiple_unmatched")},
  });
}

TEST(RulesSignature, SeveralLayers) {  // SIG-60
  const Cert gateway = pki().leaf("gateway@example.net");
  const auto around = [](const Cert& signer, std::string_view inner) {
    return multipart_signed(inner, make_cms(signed_by(signer), inner), {.boundary = "outer"});
  };
  const std::string inner = multipart_signed(text_entity(), detached_cms());
  const std::string bad_inner = replaced(inner, "Hello Bob", "Hello Rob");
  const auto layers = [](int count) {
    std::string entity = text_entity();
    for (int i = 0; i < count; ++i) entity = pkcs7_mime(opaque_cms(entity), {.encoding = "binary"});
    return message(entity);
  };
  const std::string outer_damaged =
      replaced(message(around(gateway, inner)), "--outer--", "--outer\r\n\r\n\r\n--outer--");
  check({
      {"SIG-60 gateway outside", message(around(gateway, inner)), kVerified, message(around(gateway, bad_inner)),
       failed("digest_mismatch")},
      {"SIG-60 author outside", message(around(alice(), bad_inner)), kVerified, message(around(gateway, bad_inner)),
       failed("digest_mismatch")},
      {"SIG-60 malformed outside blocks", outer_damaged, failed("mime_part_count from_mismatch"),
       message(around(gateway, inner)), kVerified},
      {"SIG-60 1.6 layers", layers(9), failed("limit_exceeded"), layers(8), kVerified},
      {"SIG-60 1.6 layers, knob",
       layers(9),
       kVerified,
       layers(9),
       failed("limit_exceeded"),
       {.policy = with_knob("limit.envelope_layers", "9")},
       {}},
  });
}

TEST(RulesSignature, BombsMeetALimit) {
  const auto around = [](std::string_view cms) {
    return message(multipart_signed(text_entity(), cms, {.signature_encoding = "binary"}));
  };
  const auto with = [](auto change) {
    CmsSpec spec = cms_spec();
    change(spec);
    return mail_with(spec);
  };
  const auto many_certificates = [](CmsSpec& s, int count) {
    for (int i = 0; i < count; ++i) s.certificates.push_back(der::sequence({der::integer(i)}));
  };
  std::string nested = der::null();
  for (int i = 0; i < 200; ++i) nested = der::sequence({nested});
  const std::string limit = failed("limit_exceeded"), malformed = failed("cms_malformed");
  check({
      {"ATK-12 digest algorithms",
       with([](CmsSpec& s) { s.digest_algorithms.emplace(5000, digest_algorithm("SHA512")); }), limit,
       mail_with(cms_spec()), kVerified},
      {"ATK-13 certificates", with([&](CmsSpec& s) { many_certificates(s, 3000); }), limit,
       with([&](CmsSpec& s) { many_certificates(s, 62); }), kVerified},
      {"ATK-13 signers", with([](CmsSpec& s) { s.signers.assign(9, s.signers[0]); }), limit,
       with([](CmsSpec& s) { s.signers.assign(8, s.signers[0]); }), kVerified},
      {"ATK-13 CRLs", with([](CmsSpec& s) { s.crls.assign(17, make_crl({}, pki().intermediate)); }), limit,
       with([](CmsSpec& s) { s.crls.assign(16, make_crl({}, pki().intermediate)); }), kVerified},
      {"ATK-13 10^5 elements", with([](CmsSpec& s) {
         s.certificates.push_back(der::sequence(std::vector<std::string>(100'000, der::null())));
       }),
       limit, mail_with(cms_spec()), kVerified},
      {"ATK-14 depth", around(content_info(oids::kSignedData, nested)), limit,
       around(content_info(oids::kSignedData, der::null())), malformed},
      {"ATK-14 2 GiB", around(std::string("\x30\x84\x80\x00\x00\x00", 6)), malformed, clear(), kVerified},
      {"ATK-14 endless indefinite length", around(std::string("\x30\x80\x06\x01\x2a", 5)), malformed, clear(),
       kVerified},
      {"ATK-14 giant object identifier",
       around(content_info(oids::kSignedData, der::tlv(0x06, std::string(65, '\x81')))), limit, clear(), kVerified},
      {"1.6 certificate octets",
       with([](CmsSpec& s) { s.certificates.push_back(der::sequence({std::string(70'000, '\0')})); }),
       failed("cms_malformed"),
       with([](CmsSpec& s) { s.certificates.push_back(der::octet_string(std::string(70'000, 'x'))); }), limit},
  });
}

TEST(RulesSignature, RevocationListsOfTheMessageAreNoReason) {  // ATK-26
  CmsSpec forged = cms_spec();
  forged.crls = {
      make_crl({.revoked = {{alice().serial, default_not_before()}}, .break_signature = true}, pki().intermediate),
      make_crl({.extensions = {extension("1.2.3.4", true, der::null())}}, pki().intermediate)};
  CmsSpec oversized = cms_spec();
  oversized.crls = {der::sequence({der::octet_string(std::string((1u << 20) + 1, 'x'))})};
  check({{"ATK-26 forged, critical extension", mail_with(forged), kVerified, mail_with(oversized),
          failed("limit_exceeded")}});
}

}  // namespace
}  // namespace waxseal::test
