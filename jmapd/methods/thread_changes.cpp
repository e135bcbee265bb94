// Thread/changes (RFC 8621 section 3.2).
#include "jmapd/methods/methods.h"
#include "jmapd/standard_changes.h"

namespace waxseal::jmapd {

Json thread_changes(Call& call, const Json& arguments) {
  return answer_changes(call, arguments, store::ObjectType::kThread, wire_id<ThreadId>).response;
}

}  // namespace waxseal::jmapd
