// Identity/changes (RFC 8621 section 6.2).
#include "jmapd/methods/methods.h"
#include "jmapd/standard_changes.h"

namespace waxseal::jmapd {

Json identity_changes(Call& call, const Json& arguments) {
  store::sync_identities(call.database, call.account(arguments));
  return answer_changes(call, arguments, store::ObjectType::kIdentity, wire_id<IdentityId>).response;
}

}  // namespace waxseal::jmapd
