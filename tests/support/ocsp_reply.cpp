#include "support/ocsp_reply.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <memory>

#include "support/der.h"

namespace waxseal::test {

namespace {

using namespace der;

std::string generalized(Time when) {
  std::string text;
  for (const char c : format_utc_date(when))
    if (c >= '0' && c <= '9') text += c;
  return tlv(0x18, text + "Z");
}

// subjectPublicKey without the count of unused bits.
std::string public_key_bits(const Cert& cert) {
  const auto* data = reinterpret_cast<const unsigned char*>(cert.der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> x509(d2i_X509(nullptr, &data, static_cast<long>(cert.der.size())),
                                                         X509_free);
  if (!x509) std::abort();
  const ASN1_BIT_STRING* bits = X509_get0_pubkey_bitstr(x509.get());
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(bits)),
          static_cast<std::size_t>(ASN1_STRING_length(bits))};
}

std::string wrapped_extensions(unsigned number, const std::vector<std::string>& extensions) {
  return extensions.empty() ? std::string() : explicit_tag(number, sequence(extensions));
}

std::string certificate_id(const OcspAnswerSpec& spec) {
  return sequence({digest_algorithm(spec.digest),
                   octet_string(spec.name_hash.value_or(digest_octets(spec.digest, spec.issuer.subject))),
                   octet_string(spec.key_hash.value_or(digest_octets(spec.digest, public_key_bits(spec.issuer)))),
                   integer_octets(spec.serial.value_or(spec.certificate.serial))});
}

std::string status_of(const OcspAnswerSpec& spec) {
  if (spec.says == OcspSays::kGood) return tlv(0x80, "");
  if (spec.says == OcspSays::kUnknown) return tlv(0x82, "");
  const std::string reason =
      spec.reason ? explicit_tag(0, tlv(0x0a, std::string(1, static_cast<char>(*spec.reason)))) : std::string();
  return tlv(0xa1, generalized(spec.revoked_at) + reason);
}

std::string single_response(const OcspAnswerSpec& spec) {
  return sequence({certificate_id(spec), status_of(spec), generalized(spec.this_update),
                   spec.next_update ? explicit_tag(0, generalized(*spec.next_update)) : std::string(),
                   wrapped_extensions(1, spec.extensions)});
}

std::string responder_of(const OcspReply& spec) {
  if (spec.responder) return *spec.responder;
  if (spec.by_key) return explicit_tag(2, octet_string(digest_octets("SHA1", public_key_bits(spec.signer))));
  return explicit_tag(1, spec.signer.subject);
}

}  // namespace

std::string ocsp_reply(const OcspReply& spec) {
  std::vector<std::string> answers;
  for (const OcspAnswerSpec& each : spec.answers) answers.push_back(single_response(each));
  const std::string data = sequence(
      {responder_of(spec), generalized(spec.produced_at), sequence(answers), wrapped_extensions(1, spec.extensions)});
  std::string signature = sign_octets(spec.signer.key, spec.signature_digest, data);
  if (spec.break_signature) signature.back() = static_cast<char>(signature.back() ^ 1);
  const std::string basic =
      sequence({data, signature_algorithm(spec.signer.key_type, spec.signature_digest), bit_string(signature),
                spec.certificates.empty() ? std::string() : explicit_tag(0, sequence(spec.certificates))});
  return sequence(
      {tlv(0x0a, std::string(1, '\0')), explicit_tag(0, sequence({oid("1.3.6.1.5.5.7.48.1.1"), octet_string(basic)}))});
}

std::string ocsp_error(int status) {
  return sequence({tlv(0x0a, std::string(1, static_cast<char>(status)))});
}

CertSpec responder_spec() {
  CertSpec spec;
  spec.common_name = "Responder";
  spec.key_index = 77;
  spec.ext_key_usage = {std::string(kOcspSigning)};
  spec.extensions = {ocsp_no_check()};
  return spec;
}

std::string ocsp_no_check() {
  return extension("1.3.6.1.5.5.7.48.1.5", false, der::null());
}

std::string ocsp_nonce() {
  return extension("1.3.6.1.5.5.7.48.1.2", false, octet_string("0123456789abcdef"));
}

}  // namespace waxseal::test
