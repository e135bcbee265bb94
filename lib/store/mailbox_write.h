// Creating, changing and destroying mailboxes (RFC 8621 section 2.5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "store/database.h"
#include "store/write_result.h"

namespace waxseal::store {

inline constexpr std::size_t kMaxMailboxes = 2000;   // of one account: every method reads them all
inline constexpr std::size_t kMaxMailboxDepth = 20;  // one more than the ancestors that a mailbox may have
inline constexpr std::size_t kMaxMailboxName = 255;  // octets
inline constexpr std::size_t kRemovedAtOnce = 500;   // emails of a destroyed mailbox in one transaction

// Where a mailbox is put: at the top level, below one that is there, or below one that the same write creates.
struct MailboxParent {
  std::optional<MailboxId> mailbox;
  std::optional<std::size_t> created;  // index into MailboxWrite::create
  friend bool operator==(const MailboxParent&, const MailboxParent&) = default;
};

struct MailboxFields {  // what is set is what is written; name must be set to create one
  std::optional<std::string> name;
  std::optional<MailboxParent> parent;
  std::optional<std::optional<std::string>> role;
  std::optional<int> sort_order;
  std::optional<bool> subscribed;
};

struct MailboxPatch {
  MailboxId mailbox;
  MailboxFields fields;
};

enum class MailboxWriteFailure {
  kNone,
  kNotFound,
  kUnknownParent,
  kNameTaken,  // by a sibling
  kRoleTaken,
  kLoop,     // below itself
  kTooDeep,  // it or what is below it
  kTooMany,
  kInbox,  // mail is delivered there: it stays, and stays the inbox
  kHasChild,
  kHasEmail,
};

// What may be done in any order is done in the order that works: a child goes before its parent, two names are swapped.
// Only a destroyed mailbox of more than kRemovedAtOnce emails takes more than one transaction: its emails go before it.
struct MailboxWrite {
  std::vector<MailboxFields> create;
  std::vector<MailboxPatch> update;
  std::vector<MailboxId> destroy;
  bool remove_emails = false;  // onDestroyRemoveEmails: out of a destroyed mailbox; those in no other one are destroyed
  IfInState if_in_state;
};
struct MailboxCreated {
  MailboxWriteFailure failure = MailboxWriteFailure::kNone;
  MailboxId mailbox;
};
struct MailboxWritten {
  std::optional<std::string> old_state;  // nullopt: others wrote between our transactions
  std::string new_state;
  bool mismatch = false;
  std::vector<MailboxCreated> created;
  std::vector<MailboxWriteFailure> updated;
  std::vector<MailboxWriteFailure> destroyed;
};
MailboxWritten write_mailboxes(Database&, AccountId, const MailboxWrite&);

}  // namespace waxseal::store
