#include "store/revocation_rows.h"

#include <algorithm>

#include "base/text.h"
#include "store/pool.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kUnitsAtOnce = 1000;

// Only rows that differ are touched: a list of a million entries of which ten are new writes ten rows.
constexpr const char* kWriteEntries =
    "WITH n AS (SELECT DISTINCT ON (serial) serial, to_timestamp(revoked) AS revoked_at, "
    "to_timestamp(invalid) AS invalidity_date, reason, source, kind "
    "FROM unnest($3::bytea[], $4::bigint[], $5::bigint[], $6::smallint[], $7::bytea[], $8::smallint[]) "
    "AS n (serial, revoked, invalid, reason, source, kind) ORDER BY serial, reason = 6) "
    "INSERT INTO revocation_entries AS e (bucket, issuer_key, serial, revoked_at, invalidity_date, reason, first_seen, "
    "scope, source, source_kind) "
    "SELECT $1, $2, n.serial, n.revoked_at, n.invalidity_date, n.reason, $9, $10, n.source, n.kind "
    "FROM n LEFT JOIN revocation_entries o ON o.bucket = $1 AND o.issuer_key = $2 AND o.serial = n.serial "
    "WHERE o.serial IS NULL OR o.released_at IS NOT NULL OR ((o.reason = 6 OR n.reason <> 6) AND "
    "(o.revoked_at, o.reason, o.invalidity_date) IS DISTINCT FROM (n.revoked_at, n.reason, n.invalidity_date)) "
    "ON CONFLICT (bucket, issuer_key, serial) DO UPDATE SET revoked_at = excluded.revoked_at, "
    "invalidity_date = excluded.invalidity_date, reason = excluded.reason, released_at = NULL, scope = excluded.scope, "
    "source = excluded.source, source_kind = excluded.source_kind RETURNING serial";

}  // namespace

std::string octets_array(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += "\"\\\\x" + hex(value) + '"';
  }
  return out += '}';
}

std::string epoch_array(const std::vector<std::optional<Time>>& times) {
  std::string out = "{";
  for (const auto& time : times) {
    if (out.size() > 1) out += ',';
    out += time ? std::to_string(to_epoch(*time)) : "NULL";
  }
  return out += '}';
}

const std::string& undetermined_codes() {
  static const std::string codes = [] {
    std::vector<smime::Code> out;
    for (const smime::CodeRow& row : smime::all_codes())
      if (smime::is_undetermined(row.code)) out.push_back(row.code);
    return codes_array(out);
  }();
  return codes;
}

std::set<std::string> write_entries(Database& database, const std::vector<LedgerRow>& rows, const Sha256& scope,
                                    Time now) {
  std::set<std::string> changed;
  if (rows.empty()) return changed;
  std::vector<std::string> serials;
  std::vector<std::optional<Time>> revoked, invalid;
  std::vector<Sha256> sources;
  for (const LedgerRow& row : rows) {
    serials.push_back(row.serial);
    revoked.push_back(row.entry.revoked_at);
    invalid.push_back(row.entry.invalidity_date);
    sources.push_back(row.entry.source.id);
  }
  const std::string reasons = array_of(rows, [](const LedgerRow& row) { return row.entry.reason; });
  const std::string kinds =
      array_of(rows, [](const LedgerRow& row) { return static_cast<int>(row.entry.source.kind); });
  const smime::Authority& authority = rows.front().authority;
  run_autocommit(database, [&](Transaction& transaction) {
    changed.clear();
    for (const Row& row :
         transaction.exec(kWriteEntries, bucket_of(authority), authority, octets_array(serials), epoch_array(revoked),
                          epoch_array(invalid), reasons, digest_array(sources), kinds, now, scope))
      changed.insert(octets(row, 0));
  });
  return changed;
}

std::set<std::string> held_serials(Database& database, const smime::Authority& authority, const Sha256& scope) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::set<std::string> out;
    for (const Row& row :
         transaction.exec("SELECT serial FROM revocation_entries WHERE bucket = $1 AND issuer_key = $2 "
                          "AND scope = $3 AND reason = 6 AND released_at IS NULL",
                          bucket_of(authority), authority, scope))
      out.insert(octets(row, 0));
    return out;
  });
}

void release_holds(Database& database, const smime::Authority& authority, const std::set<std::string>& serials,
                   Time at) {
  if (serials.empty()) return;
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE revocation_entries SET released_at = $4 WHERE bucket = $1 AND issuer_key = $2 AND serial = "
        "ANY($3::bytea[]) AND reason = 6 AND released_at IS NULL",
        bucket_of(authority), authority, octets_array({serials.begin(), serials.end()}), at);
  });
}

std::size_t announce(Database& database, const std::vector<smime::UnitId>& units, Time now) {
  const std::int64_t version = run_autocommit(database, [](Transaction& transaction) {
    return integer(
        transaction.exec("UPDATE revocation_state SET version = version + 1 WHERE id = 1 RETURNING version")[0], 0);
  });
  std::size_t due = 0;
  for (std::size_t at = 0; at < units.size(); at += kUnitsAtOnce) {
    const std::vector<Sha256> page(
        units.begin() + static_cast<std::ptrdiff_t>(at),
        units.begin() + static_cast<std::ptrdiff_t>(std::min(at + kUnitsAtOnce, units.size())));
    // Whoever evaluates one of them now has read older evidence: without the lease, and with the higher version, what
    // is recorded afterwards loses.
    due += run_autocommit(database, [&](Transaction& transaction) {
      return static_cast<std::size_t>(
          transaction
              .exec("UPDATE units SET next_check_at = least(next_check_at, $3), evidence_version = $4, lease = NULL, "
                    "lease_until = NULL WHERE bucket = ANY($1::smallint[]) AND unit_id = ANY($2::bytea[]) "
                    "AND evidence_version < $4",
                    array_of(page, bucket_of), digest_array(page), now, version)
              .affected_rows());
    });
  }
  return due;
}

std::vector<smime::UnitId> undetermined_units(Database& database) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<smime::UnitId> out;
    // The predicate of the partial index, literally (R9).
    for (const Row& row :
         transaction.exec("SELECT unit_id FROM units WHERE codes && '" + undetermined_codes() + "'::smallint[]"))
      out.push_back(digest(row, 0));
    return out;
  });
}

}  // namespace waxseal::store
