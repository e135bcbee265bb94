// Rows of Mailbox/get and Thread/get.
#include <unordered_map>

#include "store/snapshot_impl.h"

namespace waxseal::store {

std::vector<MailboxRow> get_mailboxes(Snapshot& snapshot) {
  std::vector<MailboxRow> out;
  for (const Row& row :
       snapshot.impl().exec("SELECT mailbox_id, parent_id, name, role, sort_order, is_subscribed, total_emails, "
                            "unread_emails, total_threads, "
                            "unread_threads FROM mailboxes WHERE account_id = $1 ORDER BY sort_order, name, mailbox_id",
                            snapshot.account())) {
    const std::int64_t parent = integer(row, 1);
    const std::string role = text(row, 3);
    out.push_back({.id = {integer(row, 0)},
                   .parent = parent == 0 ? std::nullopt : std::optional(MailboxId{parent}),
                   .name = text(row, 2),
                   .role = role.empty() ? std::nullopt : std::optional(role),
                   .sort_order = static_cast<int>(integer(row, 4)),
                   .subscribed = boolean(row, 5),
                   .total_emails = integer(row, 6),
                   .unread_emails = integer(row, 7),
                   .total_threads = integer(row, 8),
                   .unread_threads = integer(row, 9)});
  }
  return out;
}

std::vector<ThreadRow> get_threads(Snapshot& snapshot, const std::vector<ThreadId>& ids) {
  if (ids.empty()) return {};
  std::unordered_map<std::int64_t, ThreadRow> found;
  for (const Row& row : snapshot.impl().exec(
           "SELECT thread_id, email_id FROM emails WHERE account_id = $1 AND thread_id = ANY($2::bigint[]) "
           "ORDER BY received_at, email_id",
           snapshot.account(), array_of(ids, [](ThreadId id) { return id.value; }))) {
    ThreadRow& thread = found[integer(row, 0)];
    thread.id = {integer(row, 0)};
    thread.emails.push_back({integer(row, 1)});
  }
  std::vector<ThreadRow> out;
  for (const ThreadId id : ids) {
    const auto row = found.find(id.value);
    if (row != found.end()) out.push_back(row->second);
  }
  return out;
}

}  // namespace waxseal::store
