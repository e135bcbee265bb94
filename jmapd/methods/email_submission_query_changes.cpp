// EmailSubmission/queryChanges (RFC 8621 section 7.4).
#include <array>
#include <set>

#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"
#include "jmapd/standard_changes.h"
#include "jmapd/submission_query.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 7> kArguments{"accountId",  "filter", "sort",          "sinceQueryState",
                                                     "maxChanges", "upToId", "calculateTotal"};

}  // namespace

// RFC 8620 section 5.6: whatever changed is removed and, if it is in the results now, added again.  Ids in `removed`
// need not have been in the old results, and upToId only saves octets.
Json email_submission_query_changes(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const auto since = reader.string("sinceQueryState");
  if (!since) refuse_argument("sinceQueryState", "is missing");
  const auto max = reader.unsigned_integer("maxChanges", Null::kAbsent);
  if (max && *max == 0) refuse_argument("maxChanges", "must be greater than 0");
  (void)reader.id("upToId", Null::kAbsent);
  const bool total = reader.boolean("calculateTotal").value_or(false);
  const SubmissionQuery query(reader);
  auto snapshot = call.open(arguments);
  const auto changes = store::changes(snapshot, store::ObjectType::kEmailSubmission, *since, kMaxChanges);
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
  if (max && removed.size() + added.size() > static_cast<std::size_t>(*max)) {
    throw MethodError{"tooManyChanges", "more than maxChanges changed"};
  }
  Json response = {{"accountId", to_wire(snapshot.account())},
                   {"oldQueryState", *since},
                   {"newQueryState", store::state(snapshot, store::ObjectType::kEmailSubmission)},
                   {"removed", std::move(removed)},
                   {"added", std::move(added)}};
  if (total) response["total"] = now.size();
  return response;
}

}  // namespace waxseal::jmapd
