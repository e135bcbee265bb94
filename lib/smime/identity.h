// Whose mail it is: From of the message against the addresses of the certificate (verification.md section 4).
// RFC 9219 section 4.1 compares From alone; Sender, Reply-To and Resent-* play no part (IDN-08).
#pragma once

#include <set>

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

// An address in the form in which equality is octet equality.
struct ComparableAddress {
  bool utf8_local = false;  // IDN-23: an rfc822Name never equals a local part that is not ASCII
  std::string local;
  std::string domain;
  friend auto operator<=>(const ComparableAddress&, const ComparableAddress&) = default;
};

// Mailboxes made comparable once (IDN-20..24: whole domain, no normalisation of the local part but quotes and ASCII
// case): From may hold thousands, and certificates hundreds.
class ComparableFrom {
 public:
  ComparableFrom(const std::vector<mime::Mailbox>& from, const Policy& policy);

  // False: a mailbox has no such form, and equals nothing.
  bool complete() const { return complete_; }
  std::size_t size() const { return addresses_.size(); }
  // The one that the certificate's address names; nullptr: none.
  const ComparableAddress* find(const CertAddress& address, const Policy& policy) const;
  bool has(const mime::Mailbox& mailbox, const Policy& policy) const;
  bool is_the_same_as(const ComparableFrom& other) const;  // IDN-31

 private:
  std::set<ComparableAddress> addresses_;
  bool complete_ = true;
};

}  // namespace waxseal::smime
