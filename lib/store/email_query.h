// Email/query (RFC 8621 section 4.4, RFC 9219 section 4.2) as one indexed statement per page.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/snapshot.h"

namespace waxseal::store {

struct EmailCondition {  // every member that is set must hold
  std::optional<MailboxId> in_mailbox;
  std::vector<MailboxId> in_mailbox_other_than;
  bool has_in_mailbox_other_than = false;
  std::optional<Time> before, after;               // receivedAt < before, >= after
  std::optional<std::int64_t> min_size, max_size;  // >=, <
  std::optional<std::string> has_keyword, not_keyword;
  std::optional<bool> has_attachment;
  std::optional<std::string> all_in_thread, some_in_thread, none_in_thread;  // keyword that emails of the thread have
  // Case-insensitive substrings; text: any of the others.
  std::optional<std::string> text, from, to, cc, bcc, subject, body;
  std::optional<std::string> header_name, header_value;  // a field of that name, whose value has that text
  std::optional<bool> has_smime, has_verified_smime, has_verified_smime_at_delivery;
  std::optional<std::string> signer_address, signer_issuer;  // the whole address; a substring
  std::optional<int> smime_code;                             // among smimeErrors

  bool operator==(const EmailCondition&) const = default;
};

struct EmailFilter {
  enum class Operator { kAnd, kOr, kNot };
  struct Group {
    Operator op = Operator::kAnd;
    std::vector<EmailFilter> members;
  };
  std::variant<EmailCondition, Group> node;
};

struct EmailSort {
  enum class Property {
    kReceivedAt,
    kSize,
    kFrom,
    kTo,
    kSubject,
    kSentAt,
    kHasKeyword,
    kAllInThreadHaveKeyword,
    kSomeInThreadHaveKeyword
  };
  enum class Collation { kUnicodeCasemap, kAsciiCasemap };
  Property property = Property::kReceivedAt;
  bool ascending = true;
  std::string keyword = {};
  Collation collation = Collation::kUnicodeCasemap;
};

struct EmailQuery {
  std::optional<EmailFilter> filter;
  std::vector<EmailSort> sort;  // empty: receivedAt descending; ties by id
  bool collapse_threads = false;
  std::int64_t position = 0;  // negative: from the end
  std::optional<EmailId> anchor;
  std::int64_t anchor_offset = 0;
  std::size_t limit = 256;
  bool calculate_total = false;
};

struct EmailQueryResult {
  std::string query_state;
  std::vector<EmailId> ids;
  std::size_t position = 0;
  std::optional<std::size_t> total;
  bool anchor_not_found = false;
};

EmailQueryResult query_emails(Snapshot&, const EmailQuery&);
// The same in a snapshot of its own, or without one where a single statement answers the page and the state.
EmailQueryResult query_emails(Database&, AccountId, const EmailQuery&);

// Email/queryChanges (RFC 8620 section 5.6).  A client that takes `removed` out of the list that it had in state
// `since` and then puts `added` in, lowest index first, has the present list.
struct EmailQueryChanges {
  std::string new_state;
  std::vector<EmailId> removed;
  std::vector<std::pair<EmailId, std::size_t>> added;  // by index
  std::optional<std::size_t> total;
};
// nullopt: cannotCalculateChanges, `since` is unknown or too old.  Position, anchor and limit of the query mean
// nothing.
std::optional<EmailQueryChanges> query_email_changes(Snapshot&, const EmailQuery&, std::string_view since,
                                                     const std::optional<EmailId>& up_to);

}  // namespace waxseal::store
