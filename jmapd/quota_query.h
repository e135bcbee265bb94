// What Quota/query and Quota/queryChanges share (RFC 9425 section 4.4).
#pragma once

#include "jmapd/arguments.h"

namespace waxseal::jmapd {

// Whether the Quota of the account, if it has one, matches `filter`.  Nothing that a filter looks at ever changes.
// Throws invalidArguments or unsupportedFilter.
bool quota_matches(const Arguments& arguments, std::string_view name);
// Throws unless `sort` names properties that a Quota can be sorted by: of one object there is one order.
void check_quota_sort(const Arguments& arguments);

}  // namespace waxseal::jmapd
