// EmailSubmission/queryChanges (RFC 8621 section 7.4).
#include <set>

#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"
#include "jmapd/standard_changes.h"
#include "jmapd/submission_query.h"

namespace waxseal::jmapd {

// RFC 8620 section 5.6: whatever changed is removed and, if it is in the results now, added again.  Ids in `removed`
// need not have been in the old results, and upToId only saves octets.
Json email_submission_query_changes(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kQueryChangesArguments);
  const QueryChangesRequest request = read_query_changes(reader);
  const SubmissionQuery query(reader);
  auto snapshot = call.open(arguments);
  const auto changes = store::changes(snapshot, store::ObjectType::kEmailSubmission, request.since, kMaxChanges);
  if (!changes || changes->has_more) {
    throw MethodError{"cannotCalculateChanges", "sinceQueryState is unknown here or too old"};
  }
  std::set<std::string> touched;
  Json removed = Json::array(), added = Json::array();
  for (const auto* ids : {&changes->created, &changes->updated, &changes->destroyed}) {
    for (const std::int64_t id : *ids) touched.insert(to_wire(SubmissionId{id}));
  }
  for (const std::string& id : touched) removed.push_back(id);
  const std::vector<std::string> now = query.run(snapshot);
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (touched.contains(now[i])) added.push_back({{"id", now[i]}, {"index", i}});
  }
  return query_changes_response(snapshot.account(), request,
                                store::state(snapshot, store::ObjectType::kEmailSubmission), std::move(removed),
                                std::move(added), now.size());
}

}  // namespace waxseal::jmapd
