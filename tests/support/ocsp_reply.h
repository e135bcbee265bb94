// OCSP responses (RFC 6960) with any field as a test wants it, several answers, extensions and delegates, encoded by
// hand; ocsp.h is shorter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/pki.h"

namespace waxseal::test {

inline constexpr std::string_view kOcspSigning = "1.3.6.1.5.5.7.3.9";

enum class OcspSays { kGood, kRevoked, kUnknown };

struct OcspAnswerSpec {
  Cert certificate, issuer;  // CertID
  OcspSays says = OcspSays::kGood;
  Time revoked_at = at("2026-06-01T00:00:00Z");
  std::optional<int> reason;
  Time this_update = default_now() - Seconds(3600);
  std::optional<Time> next_update = default_now() + Seconds(24 * 3600);
  std::string digest = "SHA1";                             // of the CertID
  std::optional<std::string> name_hash, key_hash, serial;  // instead of the right ones
  std::vector<std::string> extensions;                     // singleExtensions, encoded
};

struct OcspReply {
  std::vector<OcspAnswerSpec> answers;
  Cert signer;                            // the issuer itself, or a delegate
  std::optional<std::string> responder;   // ResponderID, encoded; default: the signer's name
  bool by_key = false;                    // ResponderID: hash of the signer's key
  std::vector<std::string> certificates;  // DER
  Time produced_at = default_now() - Seconds(3600);
  std::vector<std::string> extensions;  // responseExtensions, encoded
  std::string signature_digest = "SHA256";
  bool break_signature = false;
};
std::string ocsp_reply(const OcspReply& spec);
// A response without responseBytes: 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized.
std::string ocsp_error(int status);

// CertSpec of a delegated responder with id-pkix-ocsp-nocheck.
CertSpec responder_spec();
std::string ocsp_no_check();  // the extension
std::string ocsp_nonce();

}  // namespace waxseal::test
