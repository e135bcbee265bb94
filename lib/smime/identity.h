// Whose mail it is: From of the message against the addresses of the certificate (verification.md section 4).
// RFC 9219 section 4.1 compares From alone; Sender, Reply-To and Resent-* play no part (IDN-08).
#pragma once

#include "mime/address.h"
#include "mime/header.h"
#include "smime/certificate.h"
#include "smime/facts.h"
#include "smime/policy.h"

namespace waxseal::smime {

// From of the outer header (IDN-01..09), and whether the protected From in `payload`, if there is one, says the same
// (IDN-30, IDN-31).  `payload` is the entity inside the innermost layer; empty if it could not be reached.
IdentityFacts identity_facts(const mime::Header& outer, Octets payload, const Policy& policy);

// Fills addresses, no_email and bad_email of the candidate from its certificate (IDN-10).
void choose_addresses(const Certificate& certificate, const Policy& policy, Candidate& candidate);

// IDN-20..24: structured comparison, whole domain, no normalisation of the local part but quotes and ASCII case.
bool address_matches(const CertAddress& address, const mime::Mailbox& mailbox, const Policy& policy);

// Two From mailboxes name the same address under the same rules (IDN-31).
bool same_mailbox(const mime::Mailbox& a, const mime::Mailbox& b, const Policy& policy);

}  // namespace waxseal::smime
