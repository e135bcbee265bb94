#include "support/ocsp.h"

#include <openssl/evp.h>

#include "base/text.h"
#include "support/der.h"

namespace waxseal::test {

namespace {

using namespace der;

std::string generalized_time(Time time) {
  std::string digits;
  for (const char c : format_utc_date(time))
    if (ascii_digit(c)) digits += c;
  return tlv(0x18, digits + "Z");
}

std::string enumerated(int value) {
  return tlv(0x0a, std::string(1, static_cast<char>(value)));
}

// SHA-1 of the key itself, without its algorithm (6960 section 4.1.1).
std::string key_hash(const Cert& cert) {
  unsigned char* out = nullptr;
  const int size = i2d_PublicKey(cert.key, &out);
  const std::string key(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return octet_string(digest_octets("SHA1", key));
}

std::string certificate_id(const OcspSpec& spec) {
  return sequence({digest_algorithm("SHA1"), octet_string(digest_octets("SHA1", spec.certificate.issuer)),
                   key_hash(spec.issuer), integer_octets(spec.serial.value_or(spec.certificate.serial))});
}

std::string certificate_status(const OcspSpec& spec) {
  if (spec.unknown) return implicit_tag(2, "");
  if (!spec.revoked) return implicit_tag(0, "");
  const std::string reason = spec.revoked->reason ? explicit_tag(0, enumerated(*spec.revoked->reason)) : "";
  return explicit_tag(1, generalized_time(spec.revoked->date) + reason);
}

std::string single_response(const OcspSpec& spec) {
  const std::string next = spec.next_update ? explicit_tag(0, generalized_time(*spec.next_update)) : "";
  const std::string extensions =
      spec.single_extensions.empty() ? "" : explicit_tag(1, sequence(spec.single_extensions));
  return sequence(
      {certificate_id(spec), certificate_status(spec), generalized_time(spec.this_update), next, extensions});
}

std::string basic_response(const OcspSpec& spec) {
  const Cert& signer = spec.responder ? *spec.responder : spec.issuer;
  const std::string data = sequence(
      {explicit_tag(2, key_hash(signer)), generalized_time(spec.produced_at), sequence({single_response(spec)})});
  std::string signature = sign_octets(signer.key, "SHA256", data);
  if (spec.break_signature) signature.back() = static_cast<char>(signature.back() ^ 1);
  const std::string certificates =
      spec.responder && spec.include_responder ? explicit_tag(0, sequence({signer.der})) : "";
  return sequence({data, signature_algorithm(signer.key_type, "SHA256"), bit_string(signature), certificates});
}

}  // namespace

std::string ocsp_response(const OcspSpec& spec) {
  if (spec.status != 0) return sequence({enumerated(spec.status)});
  return sequence(
      {enumerated(0), explicit_tag(0, sequence({oid("1.3.6.1.5.5.7.48.1.1"), octet_string(basic_response(spec))}))});
}

}  // namespace waxseal::test
