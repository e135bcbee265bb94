// Mailbox/queryChanges (RFC 8621 section 2.4).
#include <algorithm>
#include <array>
#include <set>

#include "jmapd/mailbox_query.h"
#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"
#include "store/mailbox_changes.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 9> kArguments{"accountId",       "filter",     "sort",
                                                     "sinceQueryState", "maxChanges", "upToId",
                                                     "calculateTotal",  "sortAsTree", "filterAsTree"};

// In a tree a mailbox goes where its parent goes.
void add_descendants(std::set<MailboxId>& affected, const MailboxRows& rows) {
  for (std::size_t before = 0; before != affected.size();) {
    before = affected.size();
    for (const auto& row : rows) {
      if (row.parent && affected.contains(*row.parent)) affected.insert(row.id);
    }
  }
}

}  // namespace

// Every property that a filter or sort may name can change, so that upToId omits nothing.
Json mailbox_query_changes(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryChangesRequest request = read_query_changes(reader);
  const MailboxQuery query = read_mailbox_query(reader);
  auto snapshot = call.open(arguments);
  const auto changes = store::mailbox_property_changes(snapshot, request.since);
  if (!changes) throw MethodError{"cannotCalculateChanges", "sinceQueryState is unknown here or too old"};
  const MailboxRows rows = store::get_mailboxes(snapshot);
  std::set<MailboxId> affected(changes->updated.begin(), changes->updated.end());
  affected.insert(changes->created.begin(), changes->created.end());
  if (query.sort_as_tree || query.filter_as_tree) add_descendants(affected, rows);
  Json removed = Json::array(), added = Json::array();
  for (const MailboxId id : changes->destroyed) removed.push_back(to_wire(id));
  for (const MailboxId id : affected) {
    if (std::find(changes->created.begin(), changes->created.end(), id) == changes->created.end())
      removed.push_back(to_wire(id));
  }
  const std::vector<MailboxId> results = mailbox_results(rows, query);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (affected.contains(results[i])) added.push_back({{"id", to_wire(results[i])}, {"index", i}});
  }
  return query_changes_response(snapshot.account(), request, changes->new_state, std::move(removed), std::move(added),
                                results.size());
}

}  // namespace waxseal::jmapd
