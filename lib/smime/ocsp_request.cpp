#include <openssl/evp.h>

#include "smime/ocsp_cert_id.h"

namespace waxseal::smime {

namespace {

constexpr Octets kSha1Algorithm{"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00", 11};

std::string element(unsigned char tag, Octets content) {
  return der::header(tag, content.size()) + std::string(content);
}

}  // namespace

std::string digest_octets(Digest digest, Octets octets) {
  std::string out(row(digest).size, '\0');
  unsigned size = 0;
  const bool done = method(digest) != nullptr &&
                    EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                               method(digest), nullptr) == 1;
  return done && size == out.size() ? out : std::string();
}

Octets public_key_bits(const Certificate& certificate) {
  const ASN1_BIT_STRING* bits = X509_get0_pubkey_bitstr(certificate.x509());
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(bits)),
          static_cast<std::size_t>(ASN1_STRING_length(bits))};
}

std::string ocsp_request(const Certificate& certificate, const Certificate& issuer) {
  const std::string id =
      element(der::kSequence, std::string(kSha1Algorithm) +
                                  element(der::kOctetString, digest_octets(Digest::kSha1, certificate.issuer_der())) +
                                  element(der::kOctetString, digest_octets(Digest::kSha1, public_key_bits(issuer))) +
                                  element(der::kInteger, certificate.serial()));
  const std::string request_list = element(der::kSequence, element(der::kSequence, id));
  return element(der::kSequence, element(der::kSequence, request_list));
}

}  // namespace waxseal::smime
