// Quota/queryChanges (RFC 9425 section 4.5).
#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/quota.h"
#include "jmapd/quota_query.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 7> kArguments{"accountId",  "filter", "sort",          "sinceQueryState",
                                                     "maxChanges", "upToId", "calculateTotal"};

}  // namespace

Json quota_query_changes(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const auto since = reader.string("sinceQueryState");
  if (!since) refuse_argument("sinceQueryState", "is missing");
  const auto max = reader.unsigned_integer("maxChanges", Null::kAbsent);
  if (max && *max == 0) refuse_argument("maxChanges", "must be greater than 0");
  (void)reader.id("upToId", Null::kAbsent);
  const bool total = reader.boolean("calculateTotal").value_or(false);
  const bool matches = quota_matches(reader, call.principal.name);
  check_quota_sort(reader);
  auto snapshot = call.open(arguments);
  const auto then = quota_from_state(*since);
  if (!then) throw MethodError{"cannotCalculateChanges", "sinceQueryState is unknown here"};
  const store::QuotaRow now = store::quota(snapshot);
  const bool was = then->limit && matches;
  const bool is = now.limit && matches;
  Json response = {{"accountId", to_wire(snapshot.account())},
                   {"oldQueryState", *since},
                   {"newQueryState", quota_state(now)},
                   {"removed", was && !is ? Json::array({kQuotaId}) : Json::array()},
                   {"added", is && !was ? Json::array({{{"id", kQuotaId}, {"index", 0}}}) : Json::array()}};
  if (total) response["total"] = is ? 1 : 0;
  return response;
}

}  // namespace waxseal::jmapd
