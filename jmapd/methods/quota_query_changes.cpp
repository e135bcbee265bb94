// Quota/queryChanges (RFC 9425 section 4.5).
#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"
#include "jmapd/quota.h"
#include "jmapd/quota_query.h"

namespace waxseal::jmapd {

Json quota_query_changes(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kQueryChangesArguments);
  const QueryChangesRequest request = read_query_changes(reader);
  const bool matches = quota_matches(reader, call.principal.name);
  check_quota_sort(reader);
  auto snapshot = call.open(arguments);
  const auto then = quota_from_state(request.since);
  if (!then) throw MethodError{"cannotCalculateChanges", "sinceQueryState is unknown here"};
  const store::QuotaRow now = store::quota(snapshot);
  const bool was = then->limit && matches;
  const bool is = now.limit && matches;
  return query_changes_response(
      snapshot.account(), request, quota_state(now), was && !is ? Json::array({kQuotaId}) : Json::array(),
      is && !was ? Json::array({{{"id", kQuotaId}, {"index", 0}}}) : Json::array(), is ? 1 : 0);
}

}  // namespace waxseal::jmapd
