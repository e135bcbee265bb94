// Email/changes (RFC 8621 section 4.3, RFC 9219 section 4.3).
#include "jmapd/methods/methods.h"
#include "jmapd/standard_changes.h"

namespace waxseal::jmapd {

Json email_changes(Call& call, const Json& arguments) {
  return answer_changes(call, arguments, store::ObjectType::kEmail, wire_id<EmailId>).response;
}

}  // namespace waxseal::jmapd
