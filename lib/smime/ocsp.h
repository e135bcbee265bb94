// OCSP (6960): request building and response evaluation (REV-20..25), without network.
#pragma once

#include "smime/revocation.h"

namespace waxseal::smime {

inline constexpr std::size_t kMaxOcspOctets = 64 * 1024;  // NET-08
inline constexpr Seconds kOcspMaxAge{10 * 24 * 3600};     // REV-24

// DER OCSPRequest for one certificate: CertID with SHA-1 (an identifier only; what responders precompute, 5019 section
// 2.1.1), no nonce (REV-25).
std::string ocsp_request(const Certificate& certificate, const Certificate& issuer);

// Answer about question.certificate.  Errors: ocsp_unavailable (a responder error, REV-21), ocsp_invalid (not a
// response, wrong signer, no answer to this question, stale, from the future).  An answer "unknown" is an answer.
// `source`: evidence about a delegated responder without id-pkix-ocsp-nocheck (REV-23); nullptr: there is none.
Result<OcspAnswer, Code> accept_ocsp(Octets response, const RevocationQuestion& question, const Policy& policy,
                                     Time now, RevocationSource* source = nullptr);

}  // namespace waxseal::smime
