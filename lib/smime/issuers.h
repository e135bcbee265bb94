// Issuer certificates that were fetched from where a certificate says they are (PTH-02 d): untrusted like any other
// certificate that somebody sent.
#pragma once

#include <vector>

#include "smime/path.h"

namespace waxseal::smime {

inline constexpr std::size_t kMaxIssuerOctets = 256 * 1024;  // NET-08
inline constexpr std::size_t kMaxIssuers = 16;               // in one reply

// Which of the certificates in `octets` (DER, PEM, or a certs-only CMS) issued `child`: the name, a certification
// authority's certificate that may sign certificates, and the signature.  The error says why nothing could be read.
Result<std::vector<CertificatePtr>> read_issuers(Octets octets, const CertificatePtr& child, const Policy& policy);

// A valid path leads from this certification authority to an anchor that is trusted now.
bool leads_to_anchor(const CertificatePtr& issuer, const TrustStore& trust, const Policy& policy, Time now);

}  // namespace waxseal::smime
