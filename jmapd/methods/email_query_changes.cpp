// Email/queryChanges (RFC 8621 section 4.5).
#include <array>

#include "jmapd/filter.h"
#include "jmapd/methods/methods.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 8> kArguments{"accountId",  "filter", "sort",           "sinceQueryState",
                                                     "maxChanges", "upToId", "calculateTotal", "collapseThreads"};

}  // namespace

Json email_query_changes(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryChangesRequest request = read_query_changes(reader);
  store::EmailQuery query = read_email_query(call, reader);
  query.calculate_total = request.calculate_total;
  store::Snapshot snapshot(call.database, account_for(call, arguments, query));
  const auto up_to = request.up_to ? email_from_wire(*request.up_to) : std::nullopt;
  const auto changes = store::query_email_changes(snapshot, query, request.since, up_to);
  if (!changes) throw MethodError{"cannotCalculateChanges", "sinceQueryState is unknown here or too old"};
  Json removed = Json::array(), added = Json::array();
  for (const EmailId id : changes->removed) removed.push_back(to_wire(id));
  for (const auto& [id, index] : changes->added) added.push_back({{"id", to_wire(id)}, {"index", index}});
  return query_changes_response(snapshot.account(), request, changes->new_state, std::move(removed), std::move(added),
                                changes->total);
}

}  // namespace waxseal::jmapd
