// The attributes of one SignerInfo: which must be there, once, signed, and consistent (SIG-11, SIG-12, SIG-21, SIG-40).
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "smime/cms.h"
#include "smime/code.h"
#include "smime/policy.h"

namespace waxseal::smime {

struct AttributeFacts {
  std::vector<Code> codes;
  std::optional<Octets> message_digest;  // exactly one well-formed value; whether it is right is for the caller
  std::optional<Time> signing_time;      // SIG-40; nullopt also if unreadable
  std::optional<Octets> ess;             // the value of signingCertificate, if there is exactly one
  std::optional<Octets> ess_v2;          // of signingCertificateV2
};

// Precondition: signer.has_signed_attributes.  `content_type` is the eContentType (content octets).
AttributeFacts check_signed_attributes(const cms::SignerInfo& signer, Octets content_type, const Policy& policy);

// SIG-11f, for signers with and without signed attributes.
bool has_misplaced_attribute(const cms::SignerInfo& signer);

// The octets that the signature covers (5652 section 5.4): DER of SET OF Attribute, sorted; or in the received order.
std::string sorted_attribute_set(const cms::SignerInfo& signer);
std::string received_attribute_set(const cms::SignerInfo& signer);

// UTCTime (YY >= 50 is 19YY) or GeneralizedTime, in the one form that DER and 5280 section 4.1.2.5 allow.
std::optional<Time> read_time(Octets encoded);

}  // namespace waxseal::smime
