#include "store/overview.h"

#include <algorithm>
#include <set>

#include "store/daily_counts.h"
#include "store/pool.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

// Certificates that end soon may be anybody's: so many are looked at to find those that sign mail.
constexpr std::int64_t kEndingLookedAt = 2000;

void add(DayVerdicts& day, DailyCount kind, int value, std::int64_t messages) {
  const auto status = static_cast<smime::Status>(value);
  const auto code = smime::code_numbered(value);
  if (kind == DailyCount::kArrived) day.arrived[status] += messages;
  if (kind == DailyCount::kBecame) day.became[status] += messages;
  if (kind == DailyCount::kArrivedWith && code) day.arrived_with[*code] += messages;
  if (kind == DailyCount::kBecameWith && code) day.became_with[*code] += messages;
}

bool is_in_order(const std::vector<smime::Code>& codes) {
  return std::none_of(codes.begin(), codes.end(),
                      [](smime::Code code) { return smime::row(code).severity == smime::Severity::kFatal; });
}

std::vector<Sha256> ending_soonest(Transaction& transaction, Time now, Time until) {
  std::vector<Sha256> out;
  for (const Row& row : transaction.exec("SELECT cert_id FROM certificates WHERE not_after >= $1 AND not_after < $2 "
                                         "ORDER BY not_after LIMIT $3",
                                         now, until, kEndingLookedAt))
    out.push_back(digest(row, 0));
  return out;
}

// Those of them that a signer has, on a path to an anchor and without a fault.
std::set<Sha256> signers_in_order(Transaction& transaction, const std::vector<Sha256>& certificates) {
  std::set<Sha256> out;
  for (const Row& row : transaction.exec(
           "SELECT leaf, codes FROM units WHERE leaf = ANY($1::bytea[]) AND evaluated_at IS NOT NULL AND path <> ''",
           digest_array(certificates)))
    if (is_in_order(parse_codes(text(row, 1)))) out.insert(digest(row, 0));
  return out;
}

std::string der_of(Transaction& transaction, const Sha256& certificate) {
  const Rows rows = transaction.exec("SELECT der FROM certificates WHERE bucket = $1 AND cert_id = $2",
                                     bucket_of(certificate), certificate);
  return rows.empty() ? std::string() : octets(rows[0], 0);
}

std::vector<FetchFailure> read_failures(Transaction& transaction) {
  std::vector<FetchFailure> out;
  for (const Row& row : transaction.exec(
           "SELECT url, coalesce(last_error, ''), failures, extract(epoch from fetched_at)::bigint, CASE WHEN "
           "refused_under IS NULL THEN extract(epoch from next_fetch_at)::bigint END FROM fetches WHERE failures > 0 "
           "ORDER BY next_fetch_at LIMIT $1",
           kFailuresAtMost))
    out.push_back({text(row, 0), text(row, 1), integer(row, 2), optional_time_of(row, 3), optional_time_of(row, 4)});
  return out;
}

}  // namespace

std::vector<DayVerdicts> daily_verdicts(Database& database, Time from) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<DayVerdicts> out;
    for (const Row& row : transaction.exec(
             "SELECT day::text, kind, value, sum(messages)::bigint FROM daily_counts WHERE day >= ($1::timestamptz AT "
             "TIME ZONE 'UTC')::date GROUP BY day, kind, value ORDER BY day",
             from)) {
      if (out.empty() || out.back().day != text(row, 0)) out.push_back({.day = text(row, 0)});
      add(out.back(), static_cast<DailyCount>(integer(row, 1)), static_cast<int>(integer(row, 2)), integer(row, 3));
    }
    return out;
  });
}

std::vector<std::string> certificates_ending(Database& database, Time now, Time until) {
  return run_autocommit(database, [&](Transaction& transaction) {
    const std::vector<Sha256> soonest = ending_soonest(transaction, now, until);
    const std::set<Sha256> signers = signers_in_order(transaction, soonest);
    std::vector<std::string> out;
    for (const Sha256& certificate : soonest)
      if (signers.contains(certificate) && out.size() < kEndingAtMost) out.push_back(der_of(transaction, certificate));
    std::erase(out, "");
    return out;
  });
}

UnitsDue units_due(Database& database, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM units WHERE next_check_at <= $1 LIMIT $2 + 1) AS d), "
        "(SELECT count(*) FROM (SELECT 1 FROM units WHERE gen > swept_gen LIMIT $2 + 1) AS s), "
        "(SELECT extract(epoch from next_check_at)::bigint FROM units WHERE next_check_at <= $1 ORDER BY next_check_at "
        "LIMIT 1)",
        now, kCountedAtMost);
    return UnitsDue{integer(rows[0], 0), integer(rows[0], 1), optional_time_of(rows[0], 2)};
  });
}

RevocationHealth revocation_health(Database& database, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM revocation_lists LIMIT $2 + 1) AS l), "
        "(SELECT count(*) FROM (SELECT next_update FROM revocation_lists LIMIT $2 + 1) AS o WHERE next_update < $1), "
        "(SELECT count(*) FROM (SELECT 1 FROM fetches LIMIT $2 + 1) AS f), "
        "(SELECT count(*) FROM (SELECT 1 FROM fetches WHERE next_fetch_at <= $1 LIMIT $2 + 1) AS d), "
        "(SELECT count(*) FROM (SELECT 1 FROM fetches WHERE failures > 0 LIMIT $2 + 1) AS x)",
        now, kCountedAtMost);
    const Row row = rows[0];
    return RevocationHealth{integer(row, 0), integer(row, 1), integer(row, 2),
                            integer(row, 3), integer(row, 4), read_failures(transaction)};
  });
}

}  // namespace waxseal::store
