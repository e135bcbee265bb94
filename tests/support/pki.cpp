#include "support/pki.h"

#include <openssl/x509.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "support/der.h"

namespace waxseal::test {

using namespace der;

namespace {

constexpr std::string_view kEmailAddress = "1.2.840.113549.1.9.1";

std::string fresh_serial() {
  static std::atomic<int> next{0x100000};
  std::string encoded = integer(next++);
  return encoded.substr(2);
}

std::string public_key_info(EVP_PKEY* key) {
  unsigned char* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  if (size <= 0) std::abort();
  std::string info(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return info;
}

std::string attribute(std::string_view oid_dotted, std::string_view value) {
  return set({sequence({oid(oid_dotted), value})});
}

std::string mailbox_name(std::string_view utf8) {  // RFC 9598 section 3
  return tlv(0xa0, oid("1.3.6.1.5.5.7.8.9") + explicit_tag(0, utf8_string(utf8)));
}

std::string subject_alt_name(const CertSpec& spec) {
  std::string names;
  for (const auto& email : spec.emails) names += implicit_tag(1, email);
  for (const auto& mailbox : spec.utf8_mailboxes) names += mailbox_name(mailbox);
  for (const auto& encoded : spec.san_names) names += encoded;
  return names.empty() ? std::string() : extension("2.5.29.17", false, tlv(0x30, names));
}

std::string key_usage(const std::vector<int>& bits) {
  unsigned octet = 0;
  unsigned unused = 7;
  for (const int bit : bits) {
    octet |= 0x80u >> bit;
    unused = std::min(unused, static_cast<unsigned>(7 - bit));
  }
  if (octet == 0) return extension("2.5.29.15", true, bit_string(""));
  return extension("2.5.29.15", true, bit_string({reinterpret_cast<const char*>(&octet), 1}, unused));
}

std::string ext_key_usage(const std::vector<std::string>& purposes) {
  std::vector<std::string> oids;
  for (const auto& purpose : purposes) oids.push_back(oid(purpose));
  return extension("2.5.29.37", false, sequence(oids));
}

std::string basic_constraints(const CertSpec& spec) {
  std::string content;
  if (spec.ca) content += boolean(true);
  if (spec.path_length) content += integer(*spec.path_length);
  return extension("2.5.29.19", true, tlv(0x30, content));
}

std::string subtrees(unsigned tag, const std::vector<std::string>& emails) {
  std::string content;
  for (const auto& email : emails) content += sequence({implicit_tag(1, email)});
  return content.empty() ? content : explicit_tag(tag, content);
}

std::string crl_points(const std::vector<std::string>& urls) {
  std::string points;
  for (const auto& url : urls) points += sequence({explicit_tag(0, explicit_tag(0, implicit_tag(6, url)))});
  return extension("2.5.29.31", false, tlv(0x30, points));
}

std::string information_access(const CertSpec& spec) {
  std::string content;
  for (const auto& url : spec.ocsp_urls) content += sequence({oid("1.3.6.1.5.5.7.48.1"), implicit_tag(6, url)});
  for (const auto& url : spec.ca_issuer_urls) content += sequence({oid("1.3.6.1.5.5.7.48.2"), implicit_tag(6, url)});
  return content.empty() ? content : extension("1.3.6.1.5.5.7.1.1", false, tlv(0x30, content));
}

std::string certificate_policies(const std::vector<std::string>& policies) {
  std::string content;
  for (const auto& policy : policies) content += sequence({oid(policy)});
  return extension("2.5.29.32", false, tlv(0x30, content));
}

std::string extensions(const CertSpec& spec, std::string_view ski, std::string_view issuer_ski) {
  std::string out;
  if (spec.basic_constraints) out += basic_constraints(spec);
  if (spec.key_usage) out += key_usage(*spec.key_usage);
  if (!spec.ext_key_usage.empty()) out += ext_key_usage(spec.ext_key_usage);
  out += subject_alt_name(spec);
  if (!ski.empty()) out += extension("2.5.29.14", false, octet_string(ski));
  if (spec.authority_key_identifier && !issuer_ski.empty())
    out += extension("2.5.29.35", false, sequence({implicit_tag(0, issuer_ski)}));
  if (spec.name_constraints)
    out += extension("2.5.29.30", true,
                     tlv(0x30, subtrees(0, spec.name_constraints->permitted_emails) +
                                   subtrees(1, spec.name_constraints->excluded_emails)));
  if (!spec.crl_urls.empty()) out += crl_points(spec.crl_urls);
  out += information_access(spec);
  if (!spec.policies.empty()) out += certificate_policies(spec.policies);
  for (const auto& encoded : spec.extensions) out += encoded;
  return out.empty() ? out : explicit_tag(3, tlv(0x30, out));
}

// SEQUENCE { to-be-signed, algorithm, signature }: certificates and CRLs alike.
std::string seal(std::string_view tbs, const Cert& issuer, std::string_view digest, bool broken) {
  std::string signature = sign_octets(issuer.key, digest, tbs);
  if (broken) signature.back() = static_cast<char>(signature.back() ^ 1);
  return sequence({tbs, signature_algorithm(issuer.key_type, digest), bit_string(signature)});
}

Cert prepare(const CertSpec& spec) {
  Cert cert;
  cert.key = key(spec.key, spec.key_index);
  cert.key_type = spec.key;
  cert.subject = name(spec.common_name, spec.subject_emails);
  cert.serial = spec.serial.value_or(fresh_serial());
  cert.key_identifier = spec.key_identifier.value_or(digest_octets("SHA1", public_key_info(cert.key)));
  return cert;
}

Cert finish(Cert cert, const CertSpec& spec, const Cert& issuer) {
  cert.issuer = issuer.subject;
  const std::string tbs = sequence(
      {explicit_tag(0, integer(2)), integer_octets(cert.serial), signature_algorithm(issuer.key_type, spec.digest),
       cert.issuer, sequence({der::time(spec.not_before), der::time(spec.not_after)}), cert.subject,
       public_key_info(cert.key), extensions(spec, cert.key_identifier, issuer.key_identifier)});
  cert.der = seal(tbs, issuer, spec.digest, spec.break_signature);
  return cert;
}

std::string revoked_entry(const Revoked& entry) {
  std::string extensions;
  if (entry.reason)
    extensions += extension("2.5.29.21", false, tlv(0x0a, {reinterpret_cast<const char*>(&*entry.reason), 1}));
  if (entry.invalidity_date) {
    std::string digits;
    for (const char c : format_utc_date(*entry.invalidity_date))
      if (ascii_digit(c)) digits += c;
    extensions += extension("2.5.29.24", false, tlv(0x18, digits + "Z"));
  }
  if (!extensions.empty()) extensions = tlv(0x30, extensions);
  return sequence({integer_octets(entry.serial), der::time(entry.date), extensions});
}

}  // namespace

Time at(std::string_view rfc3339) {
  const auto parsed = parse_date_time(rfc3339);
  if (!parsed) std::abort();
  return *parsed;
}

std::string extension(std::string_view oid_dotted, bool critical, std::string_view value) {
  return sequence({oid(oid_dotted), critical ? boolean(true) : std::string(), octet_string(value)});
}

std::string name(std::string_view common_name, const std::vector<std::string>& emails) {
  std::string content = attribute("2.5.4.3", utf8_string(common_name));
  for (const auto& email : emails) content += attribute(kEmailAddress, ia5_string(email));
  return tlv(0x30, content);
}

std::string Cert::pem() const {
  const std::string text = base64(der);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < text.size(); i += 64) out += text.substr(i, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

Cert self_signed(const CertSpec& spec) {
  const Cert cert = prepare(spec);
  return finish(cert, spec, cert);
}

Cert issue(const CertSpec& spec, const Cert& issuer) {
  return finish(prepare(spec), spec, issuer);
}

CertSpec ca_spec(std::string common_name, int key_index) {
  CertSpec spec;
  spec.common_name = std::move(common_name);
  spec.key_index = key_index;
  spec.key_usage = {kKeyCertSign, kCrlSign};
  spec.ext_key_usage.clear();
  spec.ca = true;
  spec.not_before = at("2020-01-01T00:00:00Z");
  spec.not_after = at("2036-01-01T00:00:00Z");
  return spec;
}

Pki::Pki(std::string_view label, KeyType type) {
  static std::atomic<int> next_key{-1};
  CertSpec spec = ca_spec("Waxseal " + std::string(label) + " Root", next_key--);
  spec.key = type;
  root = self_signed(spec);
  spec = ca_spec("Waxseal " + std::string(label) + " Issuing CA", next_key--);
  spec.key = type;
  intermediate = issue(spec, root);
}

Cert Pki::leaf(std::string email) const {
  CertSpec spec;
  spec.emails = {std::move(email)};
  return leaf(spec);
}

std::string Pki::chain_pem() const {
  return intermediate.pem() + root.pem();
}

const Pki& pki() {
  static const Pki pki;
  return pki;
}

std::string make_crl(const CrlSpec& spec, const Cert& issuer) {
  std::string revoked;
  for (const auto& entry : spec.revoked) revoked += revoked_entry(entry);
  if (!revoked.empty()) revoked = tlv(0x30, revoked);
  std::string extensions = extension("2.5.29.20", false, integer(spec.number)) +
                           extension("2.5.29.35", false, sequence({implicit_tag(0, issuer.key_identifier)}));
  for (const auto& encoded : spec.extensions) extensions += encoded;
  const std::string tbs = sequence({integer(1), signature_algorithm(issuer.key_type, spec.digest), issuer.subject,
                                    der::time(spec.this_update), spec.next_update ? der::time(*spec.next_update) : "",
                                    revoked, explicit_tag(0, tlv(0x30, extensions))});
  return seal(tbs, issuer, spec.digest, spec.break_signature);
}

}  // namespace waxseal::test
