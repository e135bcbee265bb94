// Which certificate a signature says it was made with (RFC 2634, RFC 5035; SIG-31).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "smime/certificate.h"
#include "smime/code.h"
#include "smime/signed_attributes.h"

namespace waxseal::smime {

// ESSCertID or ESSCertIDv2.
struct EssCertId {
  std::string algorithm;  // "sha256"; dotted OID if it is not one of ours
  Octets hash;            // of the whole DER
  Octets issuer;          // Name; empty: no issuerSerial
  Octets serial;          // INTEGER content octets

  bool names(const Certificate& certificate) const;  // hash, and issuerSerial if present
  std::string text() const;                          // "sha256:9f..." for Unit::ess_path_set
};

// What both attributes together demand.
struct EssRestriction {
  std::vector<Code> codes;            // ess_malformed, ess_hash_unsupported
  std::vector<EssCertId> signer;      // first entry of each attribute in force: the certificate must fit all
  std::vector<std::string> path_set;  // further entries; empty: any path
};
EssRestriction read_ess(const AttributeFacts& attributes);

}  // namespace waxseal::smime
