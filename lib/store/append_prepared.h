// A message to be stored, with everything computed that needs neither lock nor database.  Private to lib/store.
#pragma once

#include <set>

#include "smime/unit.h"
#include "store/append.h"

namespace waxseal::store {

struct Prepared {
  const NewEmail& email;
  AccountId account;
  const smime::Policy& policy;
  std::string policy_version;
  std::map<smime::UnitId, smime::Unit> units;
  std::set<smime::UnitId> unit_ids;
  std::vector<std::string> refs;
  std::string subject_hash;
  std::string facts_json;
  std::string envelope;
  std::string signers;  // of email_meta

  Prepared(const NewEmail& new_email, AccountId id, const smime::Policy& chosen);

  bool signed_or_unknown() const { return email.facts.envelope != smime::EnvelopeClass::kNone; }
  Time judged_at() const { return email.judged_at.value_or(email.received_at); }
};

// Addresses and issuers of the certificates that a signature may be of, one line each (email_meta.signers).
std::string signers_text(const smime::Facts&, const std::map<smime::CertId, smime::CertificatePtr>& certificates);

}  // namespace waxseal::store
