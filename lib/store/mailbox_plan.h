// What a write of mailboxes comes to, decided on a copy of them in memory.  Private to lib/store.
#pragma once

#include <map>

#include "store/mailbox_write.h"

namespace waxseal::store {

// One that is created has the id -1 - (its index) until it is written.
struct PlannedMailbox {
  MailboxId parent;  // 0: top level
  std::string name;
  std::optional<std::string> role;
  int sort_order = 0;
  bool subscribed = true;
  bool has_emails = false;
  friend bool operator==(const PlannedMailbox&, const PlannedMailbox&) = default;
};
using PlannedMailboxes = std::map<MailboxId, PlannedMailbox>;

inline MailboxId planned_id(std::size_t index) {
  return {-1 - static_cast<std::int64_t>(index)};
}

struct MailboxPlan {
  PlannedMailboxes mailboxes;  // as they shall be
  std::vector<MailboxWriteFailure> created, updated, destroyed;
};

// RFC 8620 section 5.3: an operation that is only refused because of another one of the same call is tried again after
// that one; what still blocks each other is tried together, and refused if the result is not valid.
MailboxPlan plan_mailboxes(const PlannedMailboxes& current, const MailboxWrite& wanted);

}  // namespace waxseal::store
