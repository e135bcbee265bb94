#include "store/daily_counts.h"

#include <algorithm>

#include "store/overview.h"
#include "store/pool.h"

namespace waxseal::store {

namespace {

// (kind, value), each once.
std::vector<std::pair<int, int>> counted(const smime::Verdict& verdict, DailyCount status, DailyCount with) {
  std::vector<std::pair<int, int>> out = {{static_cast<int>(status), static_cast<int>(verdict.status)}};
  for (const smime::Code code : verdict.visible_codes())
    out.emplace_back(static_cast<int>(with), static_cast<int>(code));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// A rejected row is the one that is there: one more.
constexpr const char* kConflict =
    " ON CONFLICT (account_id, day, kind, value) DO UPDATE SET messages = daily_counts.messages + excluded.messages";

}  // namespace

CountedArrays counts_of_arrival(const smime::Verdict& verdict) {
  const auto pairs = counted(verdict, DailyCount::kArrived, DailyCount::kArrivedWith);
  return {array_of(pairs, [](const auto& pair) { return pair.first; }),
          array_of(pairs, [](const auto& pair) { return pair.second; })};
}

std::string daily_count_insert(int first) {
  const auto parameter = [&](int number) { return "$" + std::to_string(first + number); };
  return "INSERT INTO daily_counts (account_id, day, kind, value, messages) SELECT $1, (" + parameter(0) +
         "::timestamptz AT TIME ZONE 'UTC')::date, kind, value, 1 FROM unnest(" + parameter(1) + "::smallint[], " +
         parameter(2) + "::smallint[]) AS c (kind, value)" + kConflict;
}

void count_changes_of_day(Transaction& transaction, AccountId account, Time when,
                          const std::vector<std::pair<EmailId, smime::Verdict>>& changed) {
  std::map<std::pair<int, int>, std::int64_t> sums;
  for (const auto& [id, verdict] : changed)
    for (const auto& pair : counted(verdict, DailyCount::kBecame, DailyCount::kBecameWith)) ++sums[pair];
  transaction.exec(
      std::string(
          "INSERT INTO daily_counts (account_id, day, kind, value, messages) SELECT $1, ($2::timestamptz AT TIME "
          "ZONE 'UTC')::date, kind, value, messages FROM unnest($3::smallint[], $4::smallint[], $5::bigint[]) AS "
          "c (kind, value, messages)") +
          kConflict,
      account, when, array_of(sums, [](const auto& sum) { return sum.first.first; }),
      array_of(sums, [](const auto& sum) { return sum.first.second; }),
      array_of(sums, [](const auto& sum) { return sum.second; }));
}

std::size_t forget_daily_counts(Database& database, Time before) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return static_cast<std::size_t>(
        transaction.exec("DELETE FROM daily_counts WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date", before)
            .affected_rows());
  });
}

}  // namespace waxseal::store
