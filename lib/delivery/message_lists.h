// Revocation lists that messages bring (8550 section 4.1): offered to the store under REV-03, never used as they are.
#pragma once

#include "smime/verifier.h"
#include "store/database.h"

namespace waxseal::delivery {

using UnitPaths = std::map<smime::UnitId, std::shared_ptr<const smime::CandidatePaths>>;

// Stores each list that a certificate on a validated path of the message makes acceptable.  Throws store::Unavailable.
void offer_lists(store::Database&, const smime::Extracted&, const UnitPaths&, const smime::TrustStore&,
                 const smime::Policy&, Time now);

}  // namespace waxseal::delivery
