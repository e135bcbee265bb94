// An Email/query filter and sort as SQL.  Private to lib/store.
#pragma once

#include <string>
#include <vector>

#include "store/email_query.h"

namespace waxseal::store {

// Text and parameters; $1 is always the account.
struct ComposedQuery {
  std::string from_where;  // "FROM ... WHERE ..."
  std::string order_by;    // "ORDER BY ..."
  std::string id;          // column expressions
  std::string thread;
  std::string mailbox;  // its place among the parameters, if every result must be in one: "$2::bigint"
  std::vector<std::string> parameters;
};
ComposedQuery compose(AccountId account, const EmailQuery& query);

// The mailbox, if the filter says nothing but "in this mailbox": its counts answer the total.
std::optional<MailboxId> only_mailbox(const EmailQuery& query);

// For LIKE: "100%_\" -> "100\%\_\\"
std::string like_text(std::string_view text);
// The same anywhere: "%...%"
std::string like_pattern(std::string_view text);

// A condition or a sort depends on what may change about an email: mailboxes, keywords, verdicts.
bool is_mutable(const EmailQuery& query);
// It depends on other emails of the thread.
bool concerns_threads(const EmailQuery& query);

}  // namespace waxseal::store
