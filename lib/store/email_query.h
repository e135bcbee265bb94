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
  std::optional<std::string> text, from, to, cc, bcc, subject;  // case-insensitive substring; text: any of them and preview
  std::optional<bool> has_smime, has_verified_smime, has_verified_smime_at_delivery;
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
  enum class Property { kReceivedAt, kSize, kFrom, kTo, kSubject, kSentAt, kHasKeyword };
  Property property = Property::kReceivedAt;
  bool ascending = true;
  std::string keyword;
};

struct EmailQuery {
  std::optional<EmailFilter> filter;
  std::vector<EmailSort> sort;   // empty: receivedAt descending; ties by id
  bool collapse_threads = false;
  std::int64_t position = 0;     // negative: from the end
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

}  // namespace waxseal::store
