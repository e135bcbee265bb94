// The filter and sort of Email/query (RFC 8621 sections 4.4.1 and 4.4.2, RFC 9219 section 4.2) as the store understands
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jmapd/email_properties.h"
#include "jmapd/query_arguments.h"
#include "store/email_query.h"

namespace waxseal::jmapd {

// Throws invalidArguments, or unsupportedFilter for a condition of RFC 8621 that this server does not evaluate.
store::EmailFilter read_email_filter(const Json& filter, SmimeVerify smime);

// filter, sort and collapseThreads of Email/query and Email/queryChanges.  Throws as the two above and below.
store::EmailQuery read_email_query(const Call& call, const Arguments& arguments);
// The account as the query needs it: with present verdicts if it depends on them.
AccountId account_for(const Call& call, const Json& arguments, const store::EmailQuery& query);

// A condition of it changes with time: hasVerifiedSmime is bound by the same 24 hours as smimeStatus (TIM-10).
bool depends_on_verdicts(const store::EmailFilter& filter);

// Throws unsupportedSort.
std::vector<store::EmailSort> email_sort(const std::vector<Comparator>& comparators);

// Names for emailQuerySortOptions (RFC 8621 section 1.3.1).
std::vector<std::string> email_sort_options();

// RFC 8621 section 4.4.1: words divided by white space, all of which must be found; text in matched quotes is one
// phrase, in which \ escapes ' " and \.
std::vector<std::string> search_terms(std::string_view text);

// 1 to 255 octets of %x21-7E without ( ) { ] % * " \ (RFC 8621 section 4.1.1).
bool valid_keyword(std::string_view keyword);

}  // namespace waxseal::jmapd
