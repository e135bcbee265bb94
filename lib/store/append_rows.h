// One message as rows.  Private to lib/store.
#pragma once

#include <set>

#include "smime/unit.h"
#include "store/append.h"
#include "store/thread_counts.h"
#include "store/unit_rows.h"

namespace waxseal::store {

// A message to be stored, with everything computed that needs neither lock nor database.
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
  std::string signers;  // of email_text

  Prepared(const NewEmail& new_email, AccountId id, const smime::Policy& chosen);

  bool signed_or_unknown() const { return email.facts.envelope != smime::EnvelopeClass::kNone; }
};

// Addresses and issuers of the certificates that a signature may be of, one line each (email_text.signers).
std::string signers_text(const smime::Facts&, const std::map<smime::CertId, smime::CertificatePtr>& certificates);

// What the transaction reads under the lock, before it writes.
struct Look {
  std::optional<EmailId> already;
  std::vector<MailboxId> mailboxes;  // where it goes; empty: nowhere, or one of those that were named does not exist
  std::vector<ThreadId> threads;     // that it belongs to; more than one: they should become one
  std::optional<MailboxId> trash;
  bool blob = false;
};
Look look(Transaction& transaction, const Prepared& prepared);

// Rows of the message and of its thread, counts and numbers.  Returns the thread.
ThreadId insert_rows(Transaction& transaction, const Prepared& prepared, const Look& seen, AccountLock& numbers,
                     EmailId id, const std::map<smime::UnitId, StoredUnit>& stored);

}  // namespace waxseal::store
