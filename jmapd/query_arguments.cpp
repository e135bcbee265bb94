#include "jmapd/query_arguments.h"

#include <algorithm>
#include <array>

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 4> kComparatorMembers{"property", "isAscending", "collation", "keyword"};

// What the Session object advertises as collationAlgorithms.
constexpr std::array<std::string_view, 2> kCollations{kAsciiCasemap, kUnicodeCasemap};

// Published clients send null for what they do not use, whatever the type says.
Comparator read_comparator(const Json& value, std::string path) {
  const Arguments members(value, kComparatorMembers, path);
  const auto property = members.string("property");
  if (!property) refuse_argument(members.path_of("property"), "is missing");
  const auto collation = members.string("collation", Null::kAbsent);
  if (collation && std::find(kCollations.begin(), kCollations.end(), *collation) == kCollations.end()) {
    unsupported_sort("there is no collation \"" + *collation + "\"");
  }
  return {*property, members.boolean("isAscending", Null::kAbsent).value_or(true),
          members.string("keyword", Null::kAbsent), std::move(path), collation};
}

// Index of the first result.  Offsets are within +-2^53, so that sums do not overflow.
std::size_t first_index(const std::vector<std::string>& ids, const QueryWindow& window) {
  const auto size = static_cast<std::int64_t>(ids.size());
  if (!window.anchor) {
    const std::int64_t wanted = window.position < 0 ? size + window.position : window.position;
    return static_cast<std::size_t>(std::max<std::int64_t>(wanted, 0));
  }
  const auto anchor = std::find(ids.begin(), ids.end(), *window.anchor);
  if (anchor == ids.end()) anchor_not_found();
  return static_cast<std::size_t>(std::max<std::int64_t>((anchor - ids.begin()) + window.anchor_offset, 0));
}

}  // namespace

Json page_of(const std::vector<std::string>& ids, const QueryWindow& window) {
  const std::size_t first = first_index(ids, window);
  Json page = Json::array();
  for (std::size_t i = first; i < ids.size() && page.size() < window.limit; ++i) page.push_back(ids[i]);
  Json response = Json::object();
  response["position"] = first;
  response["ids"] = std::move(page);
  if (window.calculate_total) response["total"] = ids.size();
  if (window.limit_enforced) response["limit"] = window.limit;
  return response;
}

void anchor_not_found() {
  throw MethodError{"anchorNotFound", "The anchor is not among the results of the query"};
}

QueryChangesRequest read_query_changes(const Arguments& arguments) {
  const auto since = arguments.string("sinceQueryState");
  if (!since) refuse_argument("sinceQueryState", "is missing");
  QueryChangesRequest out{.since = *since, .max = {}, .up_to = arguments.id("upToId", Null::kAbsent)};
  if (const auto max = arguments.unsigned_integer("maxChanges", Null::kAbsent)) {
    if (*max == 0) refuse_argument("maxChanges", "must be greater than 0");
    out.max = static_cast<std::size_t>(*max);
  }
  out.calculate_total = arguments.boolean("calculateTotal", Null::kAbsent).value_or(false);
  return out;
}

Json query_changes_response(AccountId account, const QueryChangesRequest& request, const std::string& new_state,
                            Json removed, Json added, std::optional<std::size_t> total) {
  if (request.max && removed.size() + added.size() > *request.max) {
    throw MethodError{"tooManyChanges", "there are more changes than maxChanges: ask for the results again"};
  }
  Json response = Json::object();
  response["accountId"] = to_wire(account);
  response["oldQueryState"] = request.since;
  response["newQueryState"] = new_state;
  response["removed"] = std::move(removed);
  response["added"] = std::move(added);
  if (request.calculate_total && total) response["total"] = *total;
  return response;
}

void unsupported_sort(const std::string& why) {
  throw MethodError{"unsupportedSort", why};
}

QueryWindow read_window(const Arguments& arguments) {
  QueryWindow window;
  window.position = arguments.integer("position", Null::kAbsent).value_or(0);
  window.anchor = arguments.id("anchor", Null::kAbsent);
  window.anchor_offset = arguments.integer("anchorOffset", Null::kAbsent).value_or(0);
  window.calculate_total = arguments.boolean("calculateTotal", Null::kAbsent).value_or(false);
  const auto limit = arguments.unsigned_integer("limit", Null::kAbsent);
  window.limit_enforced = !limit || static_cast<std::size_t>(*limit) > kMaxQueryLimit;
  if (!window.limit_enforced) window.limit = static_cast<std::size_t>(*limit);
  return window;
}

std::vector<Comparator> read_sort(const Arguments& arguments) {
  const Json* sort = arguments.find("sort", Null::kAbsent);
  if (sort == nullptr) return {};
  if (!sort->is_array()) refuse_argument("sort", "must be an array");
  if (sort->size() > kMaxComparators) unsupported_sort("there are too many comparators");
  std::vector<Comparator> comparators;
  for (std::size_t i = 0; i < sort->size(); ++i) {
    comparators.push_back(read_comparator((*sort)[i], "sort/" + std::to_string(i)));
  }
  return comparators;
}

}  // namespace waxseal::jmapd
