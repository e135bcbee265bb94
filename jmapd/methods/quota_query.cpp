// Quota/query (RFC 9425 section 4.4).
#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"
#include "jmapd/quota.h"
#include "jmapd/quota_query.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 8> kArguments{"accountId", "filter",       "sort",  "position",
                                                     "anchor",    "anchorOffset", "limit", "calculateTotal"};

}  // namespace

Json quota_query(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryWindow window = read_window(reader);
  const bool matches = quota_matches(reader, call.principal.name);
  check_quota_sort(reader);
  auto snapshot = call.open(arguments);
  const store::QuotaRow row = store::quota(snapshot);
  std::vector<std::string> ids;
  if (row.limit && matches) ids.emplace_back(kQuotaId);
  Json response = page_of(ids, window);
  response["accountId"] = to_wire(snapshot.account());
  response["queryState"] = quota_state(row);
  response["canCalculateChanges"] = true;
  return response;
}

}  // namespace waxseal::jmapd
