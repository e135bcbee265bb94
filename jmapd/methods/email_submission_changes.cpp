// EmailSubmission/changes (RFC 8621 section 7.2).
#include "jmapd/methods/methods.h"
#include "jmapd/standard_changes.h"

namespace waxseal::jmapd {

Json email_submission_changes(Call& call, const Json& arguments) {
  return answer_changes(call, arguments, store::ObjectType::kEmailSubmission, wire_id<SubmissionId>).response;
}

}  // namespace waxseal::jmapd
