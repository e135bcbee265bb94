// Messages that ask for as much arithmetic as a message can, and honest ones of the same kinds.
#pragma once

#include "support/der.h"
#include "support/mail.h"

namespace waxseal::test {

inline std::string opaque_mail(const CmsSpec& spec, std::string_view content = text_entity()) {
  return message(pkcs7_mime(make_cms(spec, content), {.encoding = "binary"}));
}

// What a signer with such a key must use (8419 section 3.1).
inline std::string digest_for(KeyType type) {
  return type == KeyType::kEd25519 ? "SHA512" : type == KeyType::kEd448 ? "SHAKE256" : "SHA256";
}

// 8 signers who name one key identifier; 23 certificates have it, the last one made the signatures; 40 authorities have
// the name of their issuer, none of which issued them.
inline std::string crowd(KeyType type, std::size_t candidates = 23, std::size_t issuers = 40) {
  const auto authority = [&](int key_index) {
    CertSpec spec = ca_spec("Crowded CA", key_index);
    spec.key = type;
    return spec;
  };
  CmsSpec cms{.signers = {}, .detached = false, .include_signer_certificates = false};
  for (std::size_t i = 0; i < issuers; ++i) cms.certificates.push_back(self_signed(authority(-11)).der);
  const Cert issuer = self_signed(authority(-12));
  CertSpec spec{.emails = {std::string(kAlice)}, .key = type};
  spec.key_identifier = "the same for all";
  spec.authority_key_identifier = false;
  for (std::size_t i = 0; i < candidates; ++i) {
    spec.key_index = i + 1 < candidates ? 1 : 0;
    const Cert cert = issue(spec, issuer);
    cms.certificates.push_back(cert.der);
    cms.signers.assign(8, {.cert = cert, .digest = digest_for(type), .by_key_identifier = true});
  }
  return opaque_mail(cms);
}

// Three signers who have certificates of one authority, with the whole chain: leaf, two intermediates, root.
struct HonestChain {
  explicit HonestChain(KeyType type) {
    const auto authority = [&](const char* name, int key_index) {
      CertSpec spec = ca_spec(name, key_index);
      spec.key = type;
      return spec;
    };
    root = self_signed(authority("Honest Root", -21));
    const Cert policy = issue(authority("Honest Policy CA", -22), root);
    const Cert issuing = issue(authority("Honest Issuing CA", -23), policy);
    CmsSpec cms{.signers = {}, .detached = false, .certificates = {issuing.der, policy.der, root.der}};
    for (int i = 0; i < 3; ++i)
      cms.signers.push_back({.cert = issue({.emails = {std::string(kAlice)}, .key = type, .key_index = i}, issuing),
                             .digest = digest_for(type)});
    mail = opaque_mail(cms);
  }
  Cert root;
  std::string mail;
};

// Layers in layers, each around the whole inner message.
inline std::string nested(CmsSpec spec, std::size_t layers, std::string content) {
  spec.detached = false;
  for (std::size_t i = 1; i < layers; ++i) content = pkcs7_mime(make_cms(spec, content), {.encoding = "binary"});
  return opaque_mail(spec, content);
}

// Each layer digested by four algorithms.
inline std::string digested(std::size_t layers, std::size_t octets) {
  CmsSpec spec{.signers = {}, .certificates = {pki().intermediate.der}};
  for (const char* digest : {"SHA224", "SHA256", "SHA384", "SHA512"})
    spec.signers.push_back({.cert = alice(), .digest = digest});
  return nested(spec, layers, text_entity(std::string(octets, 'x')));
}

// Each layer with that many certificates of its own, none of which is needed.
inline std::string certified(std::size_t layers, std::size_t certificates) {
  std::string content = text_entity();
  for (std::size_t layer = 0; layer < layers; ++layer) {
    CmsSpec spec{.signers = {{.cert = alice()}}, .detached = false, .certificates = {pki().intermediate.der}};
    for (std::size_t i = 0; i < certificates; ++i) spec.certificates.push_back(pki().leaf("x@example.net").der);
    content = pkcs7_mime(make_cms(spec, content), {.encoding = "binary"});
  }
  return message(content);
}

// --- names ---

// As long as a field may be.
inline std::string many_mailboxes() {
  std::string out = std::string(kAlice);
  for (int i = 0; out.size() < 60'000; ++i) out += ", a" + std::to_string(i) + "@b.example";
  return out;
}

// Every mailbox of From to be looked for among 250 names of each certificate.
inline std::string crowd_of_names() {
  CmsSpec cms{.signers = {}, .detached = false, .include_signer_certificates = false};
  cms.certificates = {pki().intermediate.der};
  CertSpec spec;
  for (int i = 0; i < 250; ++i) spec.emails.push_back("x" + std::to_string(i) + "@c.example");
  for (int i = 0; i < 40; ++i) {
    const Cert cert = pki().leaf(spec);  // one key and key identifier: each verifies
    cms.certificates.push_back(cert.der);
    cms.signers.assign(8, {.cert = cert, .by_key_identifier = true});
  }
  return message(pkcs7_mime(make_cms(cms, text_entity()), {.encoding = "binary"}), default_fields(many_mailboxes()));
}

// Every mailbox of From to be looked for among those that were signed.
inline std::string protected_mailboxes() {
  const std::string content =
      "Content-Type: text/plain; hp=\"clear\"\r\nFrom: " + many_mailboxes() + "\r\n\r\nHello\r\n";
  return message(multipart_signed(content, make_cms({.cert = alice()}, content)), default_fields(many_mailboxes()));
}

// Certificates as full of internationalised names as they may be, each another one.
inline std::string named_certificates(std::size_t octets) {
  std::string domain;
  for (int i = 0; i < 30; ++i) domain += "\xc3\xa4.";
  CertSpec spec;
  for (int i = 0; i < 256; ++i) spec.utf8_mailboxes.push_back("\xc3\xa4" + std::to_string(i) + "@" + domain + "org");
  CmsSpec cms{.signers = {{.cert = alice()}}, .detached = false, .certificates = {pki().intermediate.der}};
  for (std::size_t size = 0; size + 40'000 < octets; size += cms.certificates.back().size())
    cms.certificates.push_back(pki().leaf(spec).der);
  return opaque_mail(cms);
}

}  // namespace waxseal::test
