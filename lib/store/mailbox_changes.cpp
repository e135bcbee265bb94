#include "store/mailbox_changes.h"

#include "store/changes_state.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kMostChanges = 100'000;

std::vector<MailboxId> ids_of(const std::vector<std::int64_t>& values) {
  std::vector<MailboxId> out;
  for (const std::int64_t value : values) out.push_back({value});
  return out;
}

}  // namespace

std::optional<MailboxPropertyChanges> mailbox_property_changes(Snapshot& snapshot, std::string_view since) {
  const auto all = changes(snapshot, ObjectType::kMailbox, since, kMostChanges);
  if (!all || all->has_more) return std::nullopt;
  MailboxPropertyChanges out{all->new_state, ids_of(all->created), {}, ids_of(all->destroyed)};
  for (const Row& row : snapshot.impl().exec(
           "SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND mailbox_id = ANY($2::bigint[]) AND "
           "prop_modseq > $3",
           snapshot.account(), id_array(all->updated), state_number(since))) {
    out.updated.push_back({integer(row, 0)});
  }
  return out;
}

}  // namespace waxseal::store
