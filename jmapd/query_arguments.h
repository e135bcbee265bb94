// The arguments that every Foo/query shares (RFC 8620 section 5.5): window and sort.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jmapd/arguments.h"

namespace waxseal::jmapd {

inline constexpr std::size_t kMaxQueryLimit = 5000;  // ids in one answer
inline constexpr std::size_t kMaxComparators = 8;    // rule R29

struct QueryWindow {
  std::int64_t position = 0;
  std::optional<std::string> anchor;  // an id on the wire; position is then ignored
  std::int64_t anchor_offset = 0;
  std::size_t limit = kMaxQueryLimit;
  bool limit_enforced = false;  // the server's limit, not the client's: it must be in the response
  bool calculate_total = false;
};
QueryWindow read_window(const Arguments& arguments);

// position, ids, total and limit of the response, for results that are all in memory.  Throws anchorNotFound.
Json page_of(const std::vector<std::string>& ids, const QueryWindow& window);

[[noreturn]] void anchor_not_found();

// What every Foo/queryChanges shares (RFC 8620 section 5.6).
struct QueryChangesRequest {
  std::string since;
  std::optional<std::size_t> max;
  std::optional<std::string> up_to;
  bool calculate_total = false;
};
// Of a type that has no arguments of its own.
inline constexpr std::array<std::string_view, 7> kQueryChangesArguments{
    "accountId", "filter", "sort", "sinceQueryState", "maxChanges", "upToId", "calculateTotal"};
QueryChangesRequest read_query_changes(const Arguments& arguments);
// `total` is left out unless it is asked for.  Throws tooManyChanges if there are more of them than the client wants.
Json query_changes_response(AccountId account, const QueryChangesRequest& request, const std::string& new_state,
                            Json removed, Json added, std::optional<std::size_t> total);

inline constexpr std::string_view kAsciiCasemap = "i;ascii-casemap";
inline constexpr std::string_view kUnicodeCasemap = "i;unicode-casemap";  // the default

struct Comparator {
  std::string property;
  bool ascending = true;
  std::optional<std::string> keyword;
  std::string path;  // for refusals: "sort/0"
  std::optional<std::string> collation = {};
};
// Throws invalidArguments, or unsupportedSort for an unknown collation or too many comparators.
std::vector<Comparator> read_sort(const Arguments& arguments);

[[noreturn]] void unsupported_sort(const std::string& why);

}  // namespace waxseal::jmapd
