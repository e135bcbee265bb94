// Which units the next answer about an account must not rest on as they are (RVF-07).
#include "store/pool.h"
#include "store/unit_rows.h"
#include "store/units.h"

namespace waxseal::store {

namespace {

// So many due units are compared with the account's, whatever else is due; if there are more, the account's units are
// walked instead.
constexpr std::size_t kFewDue = 500;

// From the due ones to the account: MATERIALIZED, since a generic plan believes that a third of all units is due.
constexpr const char* kFromDue =
    "WITH due AS MATERIALIZED ("
    "(SELECT bucket, unit_id, gen, true AS due FROM units WHERE next_check_at <= $2 ORDER BY next_check_at LIMIT $3) "
    "UNION ALL (SELECT bucket, unit_id, gen, false AS due FROM units WHERE gen > swept_gen LIMIT $3)) "
    "SELECT h.unit_id, d.due, 0::bigint FROM due d JOIN unit_holders h ON h.bucket = d.bucket AND h.unit_id = "
    "d.unit_id "
    "AND h.account_id = $1 WHERE d.due OR h.applied_gen < d.gen "
    "UNION ALL SELECT NULL, NULL, count(*) FROM due";

constexpr const char* kFromAccount =
    "SELECT u.unit_id, u.next_check_at <= $2 FROM unit_holders h JOIN units u ON u.bucket = h.bucket AND u.unit_id = "
    "h.unit_id WHERE h.account_id = $1 AND (u.next_check_at <= $2 OR (u.gen > u.swept_gen AND h.applied_gen < u.gen)) "
    "LIMIT $3";

void add(std::vector<OverdueUnit>& out, const Row& row) {
  const OverdueUnit unit{digest(row, 0), boolean(row, 1)};
  for (OverdueUnit& each : out)
    if (each.id == unit.id) return void(each.due = each.due || unit.due);
  out.push_back(unit);
}

}  // namespace

std::vector<OverdueUnit> overdue_units(Database& database, AccountId account, Time now, std::size_t limit) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<OverdueUnit> out;
    std::int64_t due = 0;
    for (const Row& row : transaction.exec(kFromDue, account, now, kFewDue)) {
      due += integer(row, 2);
      if (!octets(row, 0).empty() && out.size() < limit) add(out, row);
    }
    if (static_cast<std::size_t>(due) < kFewDue) return out;
    out.clear();
    for (const Row& row : transaction.exec(kFromAccount, account, now, limit)) add(out, row);
    return out;
  });
}

}  // namespace waxseal::store
