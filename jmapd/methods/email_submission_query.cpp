// EmailSubmission/query (RFC 8621 section 7.3).
#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"
#include "jmapd/submission_query.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 8> kArguments{"accountId", "filter",       "sort",  "position",
                                                     "anchor",    "anchorOffset", "limit", "calculateTotal"};

}  // namespace

Json email_submission_query(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryWindow window = read_window(reader);
  const SubmissionQuery query(reader);
  auto snapshot = call.open(arguments);
  Json response = page_of(query.run(snapshot), window);
  response["accountId"] = to_wire(snapshot.account());
  response["queryState"] = store::state(snapshot, store::ObjectType::kEmailSubmission);
  response["canCalculateChanges"] = true;
  return response;
}

}  // namespace waxseal::jmapd
