// How a verdict came to be what it is: the generations of its units and what became of it at delivery (`waxseal why`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "smime/judge.h"
#include "store/database.h"

namespace waxseal::store {

inline constexpr int kKeptGenerations = 50;

struct UnitGeneration {
  std::int64_t gen = 0;
  Time at;
  std::vector<smime::Code> codes;
  std::vector<Sha256> path;  // leaf first; empty: none
  std::int64_t trust_version = 0;
  std::string policy_version;
  std::string evidence;  // identities of lists and answers
};

struct UnitHistory {
  smime::UnitId id;
  Sha256 leaf;
  std::optional<Time> evaluated_at, next_check_at;
  std::vector<UnitGeneration> generations;  // oldest first, at most kKeptGenerations
};

struct AtDeliveryState {
  smime::Status status = smime::Status::kNone;
  std::vector<smime::Code> codes;
  std::int64_t trust_version = 0;
  std::optional<Time> until;  // when it was replaced; nullopt: it holds
};

struct EmailHistory {
  EmailId id;
  Time received_at;
  std::string subject;
  smime::Status status = smime::Status::kNone;
  std::vector<smime::Code> visible_codes;
  std::optional<Time> finalised_at;          // of the verdict at delivery; nullopt: pending, or there is none
  std::vector<AtDeliveryState> at_delivery;  // oldest first; empty: not signed
  std::vector<UnitHistory> units;            // of the signers
};
std::optional<EmailHistory> email_history(Database&, AccountId, EmailId);

// Emails of the account whose Message-ID is this, without angle brackets.
std::vector<EmailId> emails_with_message_id(Database&, AccountId, std::string_view message_id);

}  // namespace waxseal::store
