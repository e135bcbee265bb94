// What a message's verdict depends on, written and committed before the rows of the message itself (R6).  Private to
// lib/store.
#pragma once

#include <map>
#include <string>

#include "smime/facts.h"
#include "store/append.h"

namespace waxseal::store {

// Units of one message in one account, and the certificates that they name.
struct MessageUnits {
  AccountId account;
  const std::map<smime::UnitId, smime::Unit>& units;
  const std::map<smime::CertId, smime::CertificatePtr>& certificates;
  const std::map<smime::UnitId, UnitEvaluation>& evaluations;  // a unit without one is due at once
  Time at;
  std::int64_t trust_version = 0;
  std::int64_t evidence_version = 0;
  const std::string& policy_version;
};

enum class Note { kWhatIsNotKnown, kEverything };  // known: this process has committed it before
void note_units(Database&, const MessageUnits&, Note);

}  // namespace waxseal::store
