// Quota/changes (RFC 9425 section 4.3).
#include "jmapd/methods/methods.h"
#include "jmapd/quota.h"
#include "jmapd/standard_changes.h"

namespace waxseal::jmapd {

Json quota_changes(Call& call, const Json& arguments) {
  const ChangesRequest request = read_changes(arguments);
  const auto then = quota_from_state(request.since);
  auto snapshot = call.open(arguments);
  if (!then) throw MethodError{"cannotCalculateChanges", "sinceState is unknown here"};
  const store::QuotaRow now = store::quota(snapshot);
  const Json one = Json::array({kQuotaId});
  const Json none = Json::array();
  const bool both = then->limit && now.limit;
  const bool only_used = both && *then->limit == *now.limit;
  return {{"accountId", to_wire(snapshot.account())},
          {"oldState", request.since},
          {"newState", quota_state(now)},
          {"hasMoreChanges", false},
          {"updatedProperties", only_used ? Json::array({"used"}) : Json()},
          {"created", !then->limit && now.limit ? one : none},
          {"updated", both && (!only_used || then->used != now.used) ? one : none},
          {"destroyed", then->limit && !now.limit ? one : none}};
}

}  // namespace waxseal::jmapd
