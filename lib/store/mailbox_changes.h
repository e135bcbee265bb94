// What Mailbox/queryChanges starts from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/snapshot.h"

namespace waxseal::store {

// A mailbox of which only the counts changed is in none of them: no filter and no sort looks at counts.
struct MailboxPropertyChanges {
  std::string new_state;
  std::vector<MailboxId> created, updated, destroyed;
};
// nullopt: `since` is unknown or too old.
std::optional<MailboxPropertyChanges> mailbox_property_changes(Snapshot&, std::string_view since);

}  // namespace waxseal::store
