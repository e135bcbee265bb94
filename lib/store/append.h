// Storing one message in one account: what it depends on first (certificates, units, octets of more than a chunk), then
// a look, and one statement that writes every row, takes the numbers and commits (append_batch.h; storage.md R6).
// Messages that come while others are stored share it, whatever account they are for (combiner.h); a message alone
// waits for nobody.
#pragma once

#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/octets.h"
#include "base/sha256.h"
#include "mime/message.h"
#include "mime/search_text.h"
#include "smime/judge.h"
#include "smime/revocation.h"
#include "store/database.h"
#include "store/write_result.h"

namespace waxseal::store {

// A late message makes one thread of two (RFC 8621 section 3) if at most so many emails must be inserted again for it;
// beyond that they stay apart, which the RFC allows: the account's lock must not be held for long.
inline constexpr std::size_t kMergeAtMost = 100;

// A thread takes no more: the next message of the conversation begins another.  What a delivery reads under the
// account's lock stays bounded, even where a machine sends the same subject and reference every minute for years.
inline constexpr std::size_t kThreadAtMost = 500;

// SHA-256 over (envelope sender, recipient, octets received), each length-prefixed (G3): a retry or a lost reply stores
// once.
Sha256 delivery_key(std::string_view envelope_from, std::string_view recipient, Octets received);

struct UnitEvaluation {
  smime::UnitState state;
  Time evaluated_at;
  std::vector<smime::RevocationQuestion> questions = {};  // what it depends on (RVF-04)
};

struct NewEmail {
  Octets octets;  // stored and served as they are
  Sha256 blob;    // sha256(octets)
  Sha256 delivery_key;
  Time received_at;
  std::string mailbox_role = "inbox";  // the inbox takes what has no mailbox of this role
  std::vector<MailboxId> mailboxes;    // instead of mailbox_role, unless empty; each must exist
  std::vector<std::string> keywords;   // lower case
  bool received_at_trusted = true;     // false: not our clock's, but what a client said (TIM-08)
  bool octets_likely_there = false;    // this blob was just stored in this account: not sent to the server again
  mime::Summary summary;
  mime::SearchText text;

  smime::Facts facts;
  std::map<smime::CertId, smime::CertificatePtr> certificates;
  // At the present time, which for imported mail is not received_at.  Used for units that the store does not know yet
  // or whose next check is overdue: then it is a flip for every message of the unit, and the sweep follows.
  std::map<smime::UnitId, UnitEvaluation> evaluations;
  std::int64_t trust_version = 0;                     // of the trust store that `evaluations` used
  std::int64_t evidence_version = 0;                  // of the revocation evidence that they used
  smime::Verdict at_delivery;                         // verdict at judged_at
  std::optional<Time> judged_at;                      // T of it; nullopt: received_at (TIM-08)
  bool at_delivery_final = true;                      // false: pending (TIM-05)
  std::vector<smime::Evidence> at_delivery_evidence;  // TIM-03
};

struct Appended {
  EmailId email;
  bool already_stored = false;  // the delivery key was there: nothing was changed
  ThreadId thread;
  StateMove state;               // of append_email_in_state()
  bool unknown_mailbox = false;  // one of `mailboxes` does not exist: nothing was written
  enum class Room { kFits, kOverQuota, kNeverFits };
  Room room = Room::kFits;  // otherwise nothing was stored; kNeverFits: not even into the empty account
};

// Returns only after the commit.  Throws Unavailable: nothing is acknowledged, a retry is safe.
Appended append_email(Database&, AccountId, const NewEmail&, const smime::Policy&);
// The same for messages of one thread, each as if it were alone; those that can be share a transaction.
struct Delivery {
  AccountId account;
  const NewEmail& email;
};
struct Outcome {
  Appended appended;         // if there is no
  std::exception_ptr error;  // what append_email() would have thrown
};
inline constexpr std::size_t kTogether = 32;  // messages that share a transaction at most
std::vector<Outcome> append_emails(Database&, const std::vector<Delivery>&, const smime::Policy&);
// The same for a client that follows the states of Email: see StateMove.
Appended append_email_in_state(Database&, AccountId, const NewEmail&, const smime::Policy&, const IfInState&);

}  // namespace waxseal::store
