// What the verifier is measured on and against.
#pragma once

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include "smime/verifier.h"
#include "support/mail.h"

namespace waxseal::bench {

inline const test::Pki& pki() {
  static const test::Pki one("Bench", test::KeyType::kRsa2048);
  return one;
}

inline const smime::TrustStore& trust() {
  static const smime::TrustStore store{
      .anchors = {{smime::Certificate::parse(pki().root.der), {}}}, .intermediates = {}, .version = 1};
  return store;
}

// A message of Alice's, RSA-2048 and SHA-256, with the intermediate's certificate.  `signer` numbers her certificates.
struct Subject {
  explicit Subject(std::size_t octets, int number = 0)
      : signer(certificate(number)),
        content(test::text_entity(lines(octets))),
        cms(test::make_cms(test::CmsSpec{.signers = {{.cert = signer}}, .certificates = {pki().intermediate.der}},
                           content)),
        message(test::message(test::multipart_signed(content, cms))) {}

  static test::Cert certificate(int number) {
    test::CertSpec spec;
    spec.common_name += std::to_string(number);
    spec.emails = {std::string(test::kAlice)};
    spec.key = test::KeyType::kRsa2048;
    return pki().leaf(spec);
  }
  static std::string lines(std::size_t octets) {
    std::string out;
    out.reserve(octets + 80);
    while (out.size() < octets) out += std::string(70, 'x') + "\r\n";
    return out;
  }

  test::Cert signer;
  std::string content, cms, message;
};

// OpenSSL's answer to the same question, chain and CRLs included.  The store is made once, as a daemon would.
class OpenSslVerifier {
 public:
  OpenSslVerifier();
  bool verify(const Subject& subject) const;

 private:
  X509_STORE* store_ = X509_STORE_new();
};

// What no verifier can do without: content digest, digest of the attributes with the signature over them.
class Floor {
 public:
  explicit Floor(const Subject& subject)
      : subject_(subject), signature_(test::sign_octets(subject.signer.key, "SHA256", attributes_)) {}

  bool verify() const;
  void digest_content() const;

 private:
  const Subject& subject_;
  const EVP_MD* method_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string attributes_ = std::string(105, 'a');
  std::string signature_;
};

}  // namespace waxseal::bench
