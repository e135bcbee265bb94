// Which lists may be used at all (REV-03).  Every list enters through here: from distribution points, files, messages.
#pragma once

#include "smime/path.h"
#include "smime/revocation.h"
#include "smime/work.h"

namespace waxseal::smime {

struct AcceptedCrl {
  CrlPtr crl;
  ListHead head;
  CertificatePtr signer;  // whose key signed it

  // Authority under which an entry is known; differs from head.authority for entries of indirect lists.
  Authority authority_of(const CrlEntry& entry) const;
};

// Units of work.h that all lists of a message may cost, until they are accepted or not.
inline constexpr std::size_t kMessageListsWork = 30'000;

// Certificates that may have signed lists: besides a certificate's own issuer, those with a separate key for lists and
// issuers of indirect lists.  Each must have a valid path to the same anchor (5280 section 6.3.3 f).
struct CrlSigners {
  const TrustStore& trust;           // intermediates are candidates
  std::vector<CertificatePtr> more;  // of the message
  Work* work = nullptr;              // what looking for them may cost; nullptr: as much as it takes
};

// For the certificate that `question` is about.  Errors: crl_invalid (issuer, signature, key usage, critical extension,
// a date in the future, deltas while they are off), crl_indirect_unsupported.  Whether an older list is kept already is
// the keeper's to decide.  `now` is the machine's time, never a past T.
Result<AcceptedCrl, Code> accept_crl(CrlPtr crl, const RevocationQuestion& question, const CrlSigners& signers,
                                     const Policy& policy, Time now);

// The list can be about that certificate at all, going by names (REV-04): cheap, before accept_crl().
bool names_fit(const Crl& crl, const RevocationQuestion& question);

// The scope of the list covers the certificate (REV-04); `reasons` gets what it covers.
bool covers(const ListHead& head, const RevocationQuestion& question, unsigned& reasons);

}  // namespace waxseal::smime
