// Which mailboxes, in which order (RFC 8621 section 2.3).  An account has few mailboxes: all are read, and filtered and
// sorted here.
#pragma once

#include <functional>
#include <vector>

#include "jmapd/arguments.h"
#include "store/snapshot.h"

namespace waxseal::jmapd {

using MailboxRows = std::vector<store::MailboxRow>;

struct MailboxQuery {
  using Predicate = std::function<bool(const store::MailboxRow&)>;
  using Less = std::function<bool(const store::MailboxRow&, const store::MailboxRow&)>;
  Predicate matches;
  Less order;
  bool sort_as_tree = false;
  bool filter_as_tree = false;
};
// Throws invalidArguments, unsupportedFilter or unsupportedSort.
MailboxQuery read_mailbox_query(const Arguments& arguments);

std::vector<MailboxId> mailbox_results(MailboxRows rows, const MailboxQuery& query);

}  // namespace waxseal::jmapd
