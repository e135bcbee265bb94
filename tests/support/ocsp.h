// One OCSP answer by its issuer or a delegate; ocsp_reply.h can vary more.
#pragma once

#include "support/pki.h"

namespace waxseal::test {

struct OcspSpec {
  Cert certificate, issuer;        // what is asked, and whose key hash is in the CertID
  std::optional<Revoked> revoked;  // date and reason; its serial is not looked at
  bool unknown = false;
  std::optional<std::string> serial;  // in the CertID, if not the certificate's
  Time produced_at = at("2026-07-01T00:00:00Z");
  Time this_update = at("2026-07-01T00:00:00Z");
  std::optional<Time> next_update = at("2026-07-03T00:00:00Z");
  std::vector<std::string> single_extensions;  // encoded Extensions
  std::optional<Cert> responder;               // who signs; default: the issuer itself
  bool include_responder = true;               // its certificate is in the response
  bool break_signature = false;
  int status = 0;  // OCSPResponseStatus; not 0: nothing else is in it
};
std::string ocsp_response(const OcspSpec& spec);

}  // namespace waxseal::test
