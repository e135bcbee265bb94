#include "smime/signed_attributes.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "smime/algorithms.h"
#include "smime/attribute_oids.h"
#include "smime/der.h"

namespace waxseal::smime {

namespace {

// Once, with one value (5652 section 11; 8551 sections 2.5.2, 2.5.3; 5035 section 3; 6211 section 2).
constexpr std::array kSingle = {cms::kContentType,          cms::kMessageDigest,           cms::kSigningTime,
                                cms::kSmimeCapabilities,    cms::kEncryptionKeyPreference, cms::kSigningCertificate,
                                cms::kSigningCertificateV2, cms::kAlgorithmProtect};

// Never unsigned.
constexpr std::array kSignedOnly = {cms::kContentType,        cms::kMessageDigest,        cms::kSigningTime,
                                    cms::kSigningCertificate, cms::kSigningCertificateV2, cms::kAlgorithmProtect};

bool is_repeated(const std::vector<cms::Attribute>& attributes, Octets oid) {
  const auto count = std::ranges::count(attributes, oid, &cms::Attribute::oid);
  const auto found = std::ranges::find(attributes, oid, &cms::Attribute::oid);
  return count > 1 || (count == 1 && found->values.size() != 1);
}

// The value of an attribute that is there once with one value.
std::optional<Octets> single_value(const std::vector<cms::Attribute>& attributes, Octets oid) {
  const auto found = std::ranges::find(attributes, oid, &cms::Attribute::oid);
  if (found == attributes.end() || is_repeated(attributes, oid)) return std::nullopt;
  return found->values.front();
}

std::optional<Octets> content_with_tag(std::optional<Octets> encoded, unsigned char tag) {
  if (!encoded) return std::nullopt;
  const auto element = der::whole_element(*encoded);
  if (!element || element->tag != tag) return std::nullopt;
  return element->content;
}

// SIG-21: CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, [1] signatureAlgorithm OPT, [2] macAlgorithm OPT }.
bool protection_matches(Octets encoded, const cms::SignerInfo& signer) {
  const auto sequence = der::whole_element(encoded);
  if (!sequence || sequence->tag != der::kSequence) return false;
  der::Reader reader(sequence->content);
  const auto digest_content = reader.content(der::kSequence);
  const auto signature_content = reader.content(der::kContext1Constructed);
  if (!digest_content || !signature_content || !reader.at_end()) return false;
  const auto digest = cms::read_algorithm(*digest_content);
  const auto signature = cms::read_algorithm(*signature_content);
  return digest && signature && cms::same_algorithm(*digest, signer.digest_algorithm) &&
         equal_for_protection(*signature, signer.signature_algorithm);
}

std::string with_set_header(Octets content) {
  return der::header(der::kSet, content.size()).append(content);
}

// Two digits each.
struct TimeDigits {
  Octets text;
  bool valid() const { return text.size() == 14 && std::ranges::all_of(text, ascii_digit); }
  int pair(std::size_t at) const { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }
};

}  // namespace

AttributeFacts check_signed_attributes(const cms::SignerInfo& signer, Octets content_type, const Policy& policy) {
  const auto& attributes = signer.signed_attributes;
  AttributeFacts out;
  const auto fail_if = [&](bool problem, Code code) {
    if (problem) out.codes.push_back(code);
  };
  fail_if(attributes.empty(), Code::attr_missing);
  fail_if(std::ranges::any_of(kSingle, [&](Octets oid) { return is_repeated(attributes, oid); }), Code::attr_duplicate);
  fail_if(content_with_tag(single_value(attributes, cms::kContentType), der::kOid) != content_type,
          Code::attr_content_type);
  out.message_digest = content_with_tag(single_value(attributes, cms::kMessageDigest), der::kOctetString);
  fail_if(!out.message_digest, Code::attr_message_digest);
  fail_if(!signer.signed_attributes_der, Code::attrs_not_der);
  if (const auto protection = single_value(attributes, cms::kAlgorithmProtect))
    fail_if(!protection_matches(*protection, signer), Code::alg_protect_mismatch);
  if (const auto time = single_value(attributes, cms::kSigningTime)) out.signing_time = read_time(*time);
  out.ess = single_value(attributes, cms::kSigningCertificate);
  out.ess_v2 = single_value(attributes, cms::kSigningCertificateV2);
  fail_if(policy.require_ess && !out.ess && !out.ess_v2, Code::attr_missing);
  return out;
}

bool has_misplaced_attribute(const cms::SignerInfo& signer) {
  return std::ranges::any_of(signer.unsigned_attributes, [](const cms::Attribute& attribute) {
    return std::ranges::find(kSignedOnly, attribute.oid) != kSignedOnly.end();
  });
}

std::string sorted_attribute_set(const cms::SignerInfo& signer) {
  std::vector<Octets> encoded;
  for (const auto& attribute : signer.signed_attributes) encoded.push_back(attribute.whole);
  std::ranges::sort(encoded);
  std::string content;
  for (const Octets one : encoded) content += one;
  return with_set_header(content);
}

std::string received_attribute_set(const cms::SignerInfo& signer) {
  return with_set_header(signer.signed_attributes_content);
}

std::optional<Time> read_time(Octets encoded) {
  const auto element = der::whole_element(encoded);
  if (!element || !element->content.ends_with('Z')) return std::nullopt;
  std::string digits(element->content.substr(0, element->content.size() - 1));
  if (element->tag == der::kUtcTime && digits.size() == 12)
    digits.insert(0, digits >= "50" ? "19" : "20");
  else if (element->tag != der::kGeneralizedTime)
    return std::nullopt;
  const TimeDigits time{digits};
  if (!time.valid()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(time.pair(0) * 100 + time.pair(2)),
                                         std::chrono::month(static_cast<unsigned>(time.pair(4))),
                                         std::chrono::day(static_cast<unsigned>(time.pair(6)))};
  if (!date.ok() || time.pair(8) > 23 || time.pair(10) > 59 || time.pair(12) > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(time.pair(8)) + std::chrono::minutes(time.pair(10)) +
         std::chrono::seconds(time.pair(12));
}

}  // namespace waxseal::smime
