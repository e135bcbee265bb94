// What an administrator sees of the whole installation, over all accounts.  Nothing here reads a message: the cost
// grows with accounts that had mail on a day, with certificates that end soon, and with what is to be fetched, up to
// the limits below.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "smime/judge.h"
#include "store/database.h"

namespace waxseal::store {

inline constexpr Seconds kCountedFor{400 * 86'400};     // daily counts are kept
inline constexpr std::int64_t kCountedAtMost = 10'000;  // rows of what is only counted; one more: there are more
inline constexpr std::size_t kEndingAtMost = 100;       // certificates that are named
inline constexpr std::size_t kFailuresAtMost = 20;      // fetches that are named

struct DayVerdicts {
  std::string day;  // "2026-11-25", UTC
  std::map<smime::Status, std::int64_t> arrived, became;
  std::map<smime::Code, std::int64_t> arrived_with, became_with;
};
// Days since `from` on which something happened, oldest first, all accounts together.
std::vector<DayVerdicts> daily_verdicts(Database&, Time from);
// Returns how many rows.
std::size_t forget_daily_counts(Database&, Time before);

// Signers' certificates that are in order now and end in [now, until), earliest first: their DER.
std::vector<std::string> certificates_ending(Database&, Time now, Time until);

struct UnitsDue {
  std::int64_t due = 0;      // to be evaluated again, now; at most kCountedAtMost + 1
  std::int64_t unswept = 0;  // evaluated, and not carried to all of their messages yet; the same
  std::optional<Time> oldest_due_at;
};
UnitsDue units_due(Database&, Time now);

struct FetchFailure {
  std::string url, error;
  std::int64_t failures = 0;  // in a row
  std::optional<Time> fetched_at, next_fetch_at;
};
struct RevocationHealth {
  std::int64_t lists = 0, outdated_lists = 0;  // newest one of each scope; at most kCountedAtMost + 1
  std::int64_t fetches = 0, due = 0, failing = 0;
  std::vector<FetchFailure> failures;  // kFailuresAtMost, next tried first
};
RevocationHealth revocation_health(Database&, Time now);

}  // namespace waxseal::store
