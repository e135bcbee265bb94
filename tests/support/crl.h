// Lists of revoked certificates beyond the ordinary: scopes, deltas, and those of another publisher (5280 section 5.2).
#pragma once

#include "support/der.h"
#include "support/pki.h"

namespace waxseal::test {

inline constexpr std::string_view kTrue = "\xff";  // content of a BOOLEAN

// issuingDistributionPoint; `fields` as encoded.
inline std::string scope(const std::vector<std::string>& fields) {
  return extension("2.5.29.28", true, der::sequence(fields));
}
inline std::string point_name(std::string_view url) {
  return der::explicit_tag(0, der::explicit_tag(0, der::implicit_tag(6, url)));
}
inline std::string only_user_certificates() {
  return der::implicit_tag(1, kTrue);
}
inline std::string only_ca_certificates() {
  return der::implicit_tag(2, kTrue);
}
inline std::string only_attribute_certificates() {
  return der::implicit_tag(5, kTrue);
}
inline std::string only_key_compromise() {
  return der::implicit_tag(3, std::string("\x06\x40", 2));
}
inline std::string every_other_reason() {
  return der::implicit_tag(3, std::string("\x07\x3f\x80", 3));
}

// deltaCRLIndicator.
inline std::string delta_of(std::int64_t base_number) {
  return extension("2.5.29.27", true, der::integer(base_number));
}

// An entry that says whose certificate it is about, revoked on 2026-06-01.
inline std::string indirect_entry(const Cert& cert, std::string_view issuer_name) {
  const std::string names = der::sequence({der::explicit_tag(4, issuer_name)});
  return der::sequence({der::integer_octets(cert.serial), der::time(at("2026-06-01T00:00:00Z")),
                        der::sequence({extension("2.5.29.29", true, names)})});
}
// A list of the certificates of others.
inline std::string indirect_list(const Cert& publisher, const std::string& entries) {
  const std::string extensions = extension("2.5.29.20", false, der::integer(1)) + scope({der::implicit_tag(4, kTrue)});
  const std::string algorithm = signature_algorithm(publisher.key_type, "SHA256");
  const std::string list =
      der::sequence({der::integer(1), algorithm, publisher.subject, der::time(at("2026-06-30T00:00:00Z")),
                     der::time(at("2026-07-07T00:00:00Z")), entries.empty() ? "" : der::sequence({entries}),
                     der::explicit_tag(0, der::sequence({extensions}))});
  return der::sequence({list, algorithm, der::bit_string(sign_octets(publisher.key, "SHA256", list))});
}
// cRLDistributionPoints that name such a publisher.
inline std::string point_of_publisher(std::string_view url, const Cert& publisher) {
  const std::string point =
      der::sequence({point_name(url), der::explicit_tag(2, der::explicit_tag(4, publisher.subject))});
  return extension("2.5.29.31", false, der::sequence({point}));
}

}  // namespace waxseal::test
