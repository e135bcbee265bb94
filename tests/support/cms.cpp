#include "support/cms.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

#include "support/der.h"

namespace waxseal::test {

using namespace der;

namespace {

std::string issuer_and_serial(const Cert& cert) {
  return sequence({cert.issuer, integer_octets(cert.serial)});
}

// IssuerSerial of RFC 5035 section 5: GeneralNames, not Name.
std::string ess_issuer_serial(const Cert& cert) {
  return sequence({sequence({explicit_tag(4, cert.issuer)}), integer_octets(cert.serial)});
}

std::string ess_value(const SignerSpec& signer, std::string_view digest) {
  std::string ids;
  const auto add = [&](const Cert& cert) {
    ids += sequence({octet_string(digest_octets(digest, cert.der)), ess_issuer_serial(cert)});
  };
  add(signer.cert);
  for (const Cert& cert : signer.ess_path) add(cert);
  return sequence({tlv(0x30, ids)});
}

std::string digest_label(const SignerSpec& signer) {
  return signer.digest_algorithm.value_or(digest_algorithm(signer.digest));
}

std::string signature_label(const SignerSpec& signer) {
  if (signer.signature_algorithm) return *signer.signature_algorithm;
  return signature_algorithm(signer.cert.key_type, signer.digest, signer.pss);
}

std::vector<Attribute> attributes(const SignerSpec& signer, std::string_view content) {
  std::vector<Attribute> out;
  out.push_back({std::string(oids::kContentType), {oid(signer.econtent_type)}});
  out.push_back({std::string(oids::kMessageDigest), {octet_string(digest_octets(signer.digest, content))}});
  if (signer.signing_time) out.push_back({std::string(oids::kSigningTime), {der::time(*signer.signing_time)}});
  if (signer.ess == Ess::kV1 || signer.ess == Ess::kBoth)
    out.push_back({std::string(oids::kSigningCertificate), {ess_value(signer, "SHA1")}});
  if (signer.ess == Ess::kV2 || signer.ess == Ess::kBoth)
    out.push_back({std::string(oids::kSigningCertificateV2), {ess_value(signer, "SHA256")}});
  if (signer.algorithm_protect) {
    std::string signature = signature_label(signer);
    signature[0] = '\xa1';  // [1] IMPLICIT SignatureAlgorithmIdentifier (RFC 6211 section 2)
    out.push_back({std::string(oids::kAlgorithmProtect), {sequence({digest_label(signer), signature})}});
  }
  if (signer.edit_attributes) signer.edit_attributes(out);
  return out;
}

std::string attribute_set(const std::vector<Attribute>& attributes, bool sorted) {
  std::vector<std::string> encoded;
  for (const auto& attribute : attributes) encoded.push_back(attribute.der());
  return sorted ? set_of(encoded) : set(encoded);
}

std::string retag(std::string_view encoded, unsigned char tag) {
  return static_cast<char>(tag) + std::string(encoded.substr(1));
}

SignerFields sign(const SignerSpec& signer, std::string_view content) {
  SignerFields out;
  out.version = integer(signer.by_key_identifier ? 3 : 1);
  out.sid = signer.by_key_identifier ? implicit_tag(0, signer.cert.key_identifier) : issuer_and_serial(signer.cert);
  out.digest_algorithm = digest_label(signer);
  out.signature_algorithm = signature_label(signer);
  std::string input(content);
  if (signer.signed_attributes) {
    input = attribute_set(attributes(signer, content), signer.sort_attributes);
    out.signed_attributes = retag(input, 0xa0);
  }
  const std::string digest = signer.signature_digest.value_or(signer.digest);
  out.signature = octet_string(sign_octets(signer.cert.key, digest, input, signer.pss));
  if (!signer.unsigned_attributes.empty())
    out.unsigned_attributes = retag(attribute_set(signer.unsigned_attributes, true), 0xa1);
  if (signer.edit) signer.edit(out);
  return out;
}

std::string signer_info(const SignerSpec& signer, std::string_view content) {
  const SignerFields f = sign(signer, content);
  return sequence({f.version, f.sid, f.digest_algorithm, f.signed_attributes, f.signature_algorithm, f.signature,
                   f.unsigned_attributes});
}

std::string encapsulated(const CmsSpec& spec, std::string_view content) {
  const std::string type = oid(spec.econtent_type);
  if (spec.detached && !spec.embedded) return spec.ber ? indefinite(0x30, type) : sequence({type});
  const std::string_view octets = spec.embedded ? std::string_view(*spec.embedded) : content;
  if (!spec.ber) return sequence({type, explicit_tag(0, octet_string(octets))});
  return indefinite(0x30, type + indefinite(0xa0, segmented_octets(0x24, octets, spec.segment)));
}

std::string certificate_set(const CmsSpec& spec) {
  std::string out;
  std::vector<std::string> seen;
  const auto add = [&](const std::string& encoded) {
    if (std::ranges::find(seen, encoded) != seen.end()) return;
    seen.push_back(encoded);
    out += encoded;
  };
  if (spec.include_signer_certificates)
    for (const auto& signer : spec.signers) add(signer.cert.der);
  for (const auto& encoded : spec.certificates) add(encoded);
  return out.empty() ? out : explicit_tag(0, out);
}

std::string digest_algorithm_set(const CmsSpec& spec) {
  if (spec.digest_algorithms) return set(*spec.digest_algorithms);
  std::vector<std::string> labels;
  for (const auto& signer : spec.signers)
    if (std::ranges::find(labels, digest_label(signer)) == labels.end()) labels.push_back(digest_label(signer));
  return set_of(labels);
}

}  // namespace

std::string Attribute::der() const {
  return sequence({der::oid(oid), set_of(values)});
}

Attribute* find(std::vector<Attribute>& attributes, std::string_view oid) {
  const auto found = std::ranges::find(attributes, oid, &Attribute::oid);
  return found == attributes.end() ? nullptr : &*found;
}

std::string make_cms(const CmsSpec& spec, std::string_view content) {
  std::vector<std::string> signers;
  for (const auto& signer : spec.signers) signers.push_back(signer_info(signer, content));
  const std::string body = integer(1) + digest_algorithm_set(spec) + encapsulated(spec, content) +
                           certificate_set(spec) + (spec.crls.empty() ? "" : explicit_tag(1, join(spec.crls))) +
                           set_of(signers);
  if (!spec.ber) return content_info(oids::kSignedData, tlv(0x30, body)) + spec.trailing;
  return indefinite(0x30, oid(oids::kSignedData) + indefinite(0xa0, indefinite(0x30, body))) + spec.trailing;
}

std::string make_cms(const SignerSpec& signer, std::string_view content) {
  return make_cms(CmsSpec{.signers = {signer}, .certificates = {pki().intermediate.der}}, content);
}

std::string content_info(std::string_view type, std::string_view content) {
  return sequence({oid(type), explicit_tag(0, content)});
}

std::string compressed_data(std::string_view content, std::string_view econtent_type) {
  uLongf size = compressBound(content.size());
  std::string deflated(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(deflated.data()), &size, reinterpret_cast<const Bytef*>(content.data()),
                content.size(), 9) != Z_OK)
    std::abort();
  deflated.resize(size);
  return content_info(oids::kCompressedData,
                      sequence({integer(0), algorithm("1.2.840.113549.1.9.16.3.8"),
                                sequence({oid(econtent_type), explicit_tag(0, octet_string(deflated))})}));
}

std::string enveloped_data(std::string_view type) {
  const std::string recipient =
      sequence({integer(0), sequence({name("Recipient CA"), integer(7)}), algorithm("1.2.840.113549.1.1.1", null()),
                octet_string(std::string(256, 'k'))});
  const std::string encrypted =
      sequence({oid(oids::kData), algorithm("2.16.840.1.101.3.4.1.42", octet_string(std::string(16, 'i'))),
                implicit_tag(0, std::string(64, 'c'))});
  return content_info(type, sequence({integer(0), set({recipient}), encrypted}));
}

std::string signed_attributes(const SignerSpec& signer, std::string_view content) {
  return attribute_set(attributes(signer, content), signer.sort_attributes);
}

}  // namespace waxseal::test
