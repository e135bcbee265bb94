// EmailSubmissions (RFC 8621 section 7), and what is still to be sent.  Both are written in one transaction: a
// submission that was acknowledged is sent, whatever crashes, and its state is what became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/identities.h"

namespace waxseal {
using SubmissionId = Id<struct SubmissionTag>;  // within one account
}

namespace waxseal::store {

enum class UndoStatus { kPending = 0, kFinal = 1, kCanceled = 2 };  // as stored

struct Submission {
  SubmissionId id;
  IdentityId identity;
  EmailId email;
  ThreadId thread;
  std::string envelope;  // JSON
  Time send_at;
  UndoStatus undo = UndoStatus::kPending;
  std::optional<std::string> delivery_status;  // JSON
};

std::vector<Submission> get_submissions(Snapshot&);  // all, by id
std::vector<Submission> get_submissions(Snapshot&, const std::vector<SubmissionId>& ids);

// How much an account may send; 0: as much as it likes.
struct SendingLimits {
  std::size_t messages_per_hour = 0;
  std::size_t recipients_per_day = 0;
};
enum class SendingLimit { kMessagesPerHour, kRecipientsPerDay };
struct SendingPause {
  SendingLimit limit;  // that has been reached
  Time until;          // the same message could be sent then
};

struct NewSubmission {
  Submission submission;  // its id is given
  std::size_t recipients = 0;
  Sha256 blob;            // of the email: what is sent, whatever becomes of the email
  Time give_up_at;
};

struct SubmissionWrite {
  std::vector<NewSubmission> create;
  std::vector<SubmissionId> cancel;   // undoStatus: canceled
  std::vector<SubmissionId> destroy;  // the record alone; what is to be sent is sent
  IfInState if_in_state;
  SendingLimits limits = {};  // of what is created
  Time now = {};              // where there are limits: what they count from
};
// Not made (value 0): the account has to pause, or the email is gone.
struct SubmissionCreated {
  SubmissionId id;
  std::optional<SendingPause> pause;
};
enum class SubmissionWriteFailure { kNone, kNotFound, kCannotUnsend };
struct SubmissionWritten {
  StateMove state;
  std::vector<SubmissionCreated> created;
  std::vector<SubmissionWriteFailure> cancelled, destroyed;
};
// One transaction.  `write_key`: random, of this call; running again after a lost answer sends nothing twice.
SubmissionWritten write_submissions(Database&, AccountId, const SubmissionWrite&, std::int64_t write_key);

// Records of before `before` whose sending has ended go away, oldest first, at most `limit`; clients hear of it as of
// any other change.  Returns how many went.
std::size_t remove_old_submissions(Database&, Time before, std::size_t limit);

// --- sending

struct Outgoing {
  AccountId account;
  SubmissionId submission;
  Sha256 blob;
  std::string envelope;
  std::optional<std::string> delivery_status;  // so far
  Time give_up_at;
  std::int64_t claim = 0;
  int failures = 0;
};
// What is due at `now` becomes ours until `lease_until`, when others may take it.
std::vector<Outgoing> claim_outgoing(Database&, Time now, Time lease_until, std::size_t limit);

struct Progress {
  std::string delivery_status;
  bool finished = false;   // nobody is left to be tried
  bool any_taken = false;  // by the relay, for at least one recipient: undoStatus is final
  bool in_doubt = false;   // the relay may have taken it: it cannot be called back
  Time next_try;           // unless it is finished
};
// False: somebody else has claimed it meanwhile; nothing was written.
bool record_progress(Database&, const Outgoing&, const Progress&);

}  // namespace waxseal::store
