// Email/query (RFC 8621 section 4.4, RFC 9219 section 4.2).
#include <array>

#include "jmapd/filter.h"
#include "jmapd/methods/methods.h"
#include "store/email_query.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 9> kArguments{
    "accountId", "filter", "sort", "position", "anchor", "anchorOffset", "limit", "calculateTotal", "collapseThreads"};

void apply_window(store::EmailQuery& query, const QueryWindow& window) {
  query.position = window.position;
  query.anchor_offset = window.anchor_offset;
  query.limit = window.limit;
  query.calculate_total = window.calculate_total;
  if (!window.anchor) return;
  query.anchor = email_from_wire(*window.anchor);
  if (!query.anchor) anchor_not_found();
}

}  // namespace

Json email_query(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryWindow window = read_window(reader);
  store::EmailQuery query = read_email_query(call, reader);
  apply_window(query, window);
  const AccountId account = account_for(call, arguments, query);
  const auto result = store::query_emails(call.database, account, query);
  if (result.anchor_not_found) anchor_not_found();
  Json ids = Json::array();
  for (const auto id : result.ids) ids.push_back(to_wire(id));
  Json response = Json::object();
  response["accountId"] = to_wire(account);
  response["queryState"] = result.query_state;
  response["canCalculateChanges"] = true;
  response["position"] = result.position;
  response["ids"] = std::move(ids);
  if (result.total) response["total"] = *result.total;
  if (window.limit_enforced) response["limit"] = window.limit;
  return response;
}

}  // namespace waxseal::jmapd
