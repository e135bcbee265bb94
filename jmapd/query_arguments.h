// The arguments that every Foo/query shares (RFC 8620 section 5.5): window and sort.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

struct Comparator {
  std::string property;
  bool ascending = true;
  std::optional<std::string> keyword;
  std::string path;  // for refusals: "sort/0"
};
// Throws invalidArguments, or unsupportedSort for an unknown collation or too many comparators.
std::vector<Comparator> read_sort(const Arguments& arguments);

[[noreturn]] void unsupported_sort(const std::string& why);

}  // namespace waxseal::jmapd
