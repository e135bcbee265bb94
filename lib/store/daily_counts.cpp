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

}  // namespace

void DailyCounts::add(Time when, const smime::Verdict& verdict, DailyCount status, DailyCount with) {
  const std::int64_t day = std::chrono::floor<std::chrono::days>(storable(when)).time_since_epoch().count();
  for (const auto& [kind, value] : counted(verdict, status, with)) ++sums_[{day, kind, value}];
}

std::string DailyCounts::days() const {
  return array_of(sums_, [](const auto& sum) { return std::get<0>(sum.first); });
}

std::string DailyCounts::kinds() const {
  return array_of(sums_, [](const auto& sum) { return std::get<1>(sum.first); });
}

std::string DailyCounts::values() const {
  return array_of(sums_, [](const auto& sum) { return std::get<2>(sum.first); });
}

std::string DailyCounts::messages() const {
  return array_of(sums_, [](const auto& sum) { return sum.second; });
}

std::string daily_count_insert(int first, const std::string& account, const std::string& condition) {
  const auto column = [&](int number, const char* type) { return "$" + std::to_string(first + number) + "::" + type; };
  // A rejected row is the one that is there: so many more.
  return "INSERT INTO daily_counts (account_id, day, kind, value, messages) SELECT " + account +
         ", date '1970-01-01' + day, kind, value, messages FROM unnest(" + column(0, "integer[]") + ", " +
         column(1, "smallint[]") + ", " + column(2, "smallint[]") + ", " + column(3, "bigint[]") +
         ") WITH ORDINALITY AS c (day, kind, value, messages, i) WHERE " + condition +
         " ON CONFLICT (account_id, day, kind, value) DO UPDATE SET messages = daily_counts.messages + "
         "excluded.messages";
}

void count_changes_of_day(Transaction& transaction, AccountId account, Time when,
                          const std::vector<std::pair<EmailId, smime::Verdict>>& changed) {
  static const std::string kInsert = daily_count_insert(2, "$1");
  DailyCounts counts;
  for (const auto& [id, verdict] : changed) counts.add(when, verdict, DailyCount::kBecame, DailyCount::kBecameWith);
  transaction.exec(kInsert, account, counts.days(), counts.kinds(), counts.values(), counts.messages());
}

std::size_t forget_daily_counts(Database& database, Time before) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return static_cast<std::size_t>(
        transaction.exec("DELETE FROM daily_counts WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date", before)
            .affected_rows());
  });
}

}  // namespace waxseal::store
