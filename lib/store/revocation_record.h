// What lies behind the revocation check of stored messages: lists and answers, by whom and of when; revoked
// certificates.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "smime/revocation.h"
#include "store/snapshot.h"

namespace waxseal::store {

// One list or answer.
struct EvidenceRow {
  std::string issuer;  // encoded Name of who publishes the list; empty: an OCSP answer
  Time this_update;
  std::optional<Time> next_update;
};

// What the store does not have (any more) is left out.
using EvidenceRows = std::map<smime::Evidence, EvidenceRow>;
// The earliest of each certificate; holds that ended are not among them.
using RevokedCertificates = std::map<smime::CertId, smime::LedgerEntry>;

// `questions` say whose lists and answers to look through: the certificates of the paths with their issuers.  One
// statement each, however many they are.  Throw Unavailable.
EvidenceRows get_evidence(Snapshot&, const std::vector<smime::RevocationQuestion>& questions,
                          const std::set<smime::Evidence>& wanted);
RevokedCertificates get_revoked(Snapshot&, const std::vector<smime::RevocationQuestion>& questions);

}  // namespace waxseal::store
