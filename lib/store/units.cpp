#include "store/units.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "store/comma_list.h"
#include "store/intermediates.h"
#include "store/pool.h"
#include "store/random.h"
#include "store/revocation_rows.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

constexpr const char* kColumns =
    "unit_id, trust_domain, leaf, bundle, ess_path_set, codes, path, extract(epoch from next_change)::bigint, "
    "extract(epoch from evaluated_at)::bigint, trust_version, coalesce(lease, ''), extract(epoch from "
    "next_check_at)::bigint, evidence";

ClaimedUnit read_claimed(const Row& row) {
  ClaimedUnit out;
  out.unit.trust_domain = text(row, 1);
  out.unit.leaf = digest(row, 2);
  out.unit.bundle = split_digests(octets(row, 3));
  out.unit.ess_path_set = split(text(row, 4));
  out.state.codes = parse_codes(text(row, 5));
  out.state.path = split_digests(octets(row, 6));
  out.state.next_change = optional_time_of(row, 7);
  out.evaluated_at = optional_time_of(row, 8).value_or(Time{});
  out.trust_version = integer(row, 9);
  out.lease = text(row, 10);
  out.state.evidence = smime::evidence_of(text(row, 12));
  return out;
}

}  // namespace

std::vector<ClaimedUnit> claim_due_units(Database& database, Time now, Seconds lease, std::size_t limit) {
  // R11: look without locks, then claim with a conditional UPDATE; who comes second gets fewer rows, never the same.
  struct Due {
    std::vector<Sha256> ids;
    std::string buckets;
  };
  const Due due = run_autocommit(database, [&](Transaction& transaction) {
    Due out;
    for (const Row& row : transaction.exec(
             "SELECT unit_id FROM units WHERE next_check_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) "
             "ORDER BY next_check_at LIMIT $2",
             now, limit)) {
      out.ids.push_back(digest(row, 0));
    }
    std::sort(out.ids.begin(), out.ids.end());
    out.buckets = array_of(out.ids, bucket_of);
    return out;
  });
  if (due.ids.empty()) return {};
  const std::string token = hex(random_octets(16));
  return run(database, [&](Transaction& transaction) {
    std::vector<std::pair<Time, ClaimedUnit>> claimed;
    const std::string update = std::string(
                                   "UPDATE units SET lease = $3, lease_until = $4 WHERE bucket = ANY($1::smallint[]) "
                                   "AND unit_id = ANY($2::bytea[]) AND next_check_at <= $5 "
                                   "AND (lease_until IS NULL OR lease_until <= $5 OR lease = $3) RETURNING ") +
                               kColumns;
    for (const Row& row : transaction.exec(update, due.buckets, digest_array(due.ids), token, now + lease, now)) {
      claimed.emplace_back(time_of(row, 11), read_claimed(row));
    }
    std::stable_sort(claimed.begin(), claimed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<ClaimedUnit> out;
    for (auto& [due_at, unit] : claimed) out.push_back(std::move(unit));
    return out;
  });
}

std::optional<Time> next_unit_due(Database& database) {
  return run_autocommit(database, [](Transaction& transaction) -> std::optional<Time> {
    const Rows rows =
        transaction.exec("SELECT extract(epoch from next_check_at)::bigint FROM units ORDER BY next_check_at LIMIT 1");
    if (rows.empty()) return std::nullopt;
    return time_of(rows[0], 0);
  });
}

std::size_t make_units_due(Database& database, std::int64_t trust_version, std::string_view policy_version, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return static_cast<std::size_t>(transaction
                                        .exec("UPDATE units SET next_check_at = $3 WHERE next_check_at > $3 AND "
                                              "(trust_version <> $1 OR policy_version <> $2)",
                                              trust_version, policy_version, now)
                                        .affected_rows());
  });
}

std::optional<ClaimedUnit> find_unit(Database& database, const smime::UnitId& id) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<ClaimedUnit> {
    const Rows rows = transaction.exec(
        std::string("SELECT ") + kColumns + " FROM units WHERE bucket = $1 AND unit_id = $2", bucket_of(id), id);
    if (rows.empty()) return std::nullopt;
    ClaimedUnit unit = read_claimed(rows[0]);
    unit.lease.clear();  // somebody else's, if there is one
    return unit;
  });
}

namespace {

// Columns of one page of evaluations that found what is stored.
struct Confirmed {
  std::vector<Sha256> ids;
  std::vector<std::string> codes, paths, leases, policies, evidence;
  std::vector<std::int64_t> trust_versions, evidence_versions, evaluated_at, next_check_at;
  std::vector<std::optional<Time>> next_change;

  void add(const ClaimedUnit& claimed, const UnitUpdate& update) {
    ids.push_back(claimed.unit.id());
    codes.push_back(codes_array(update.state.codes));
    paths.push_back(concatenate(update.state.path));
    leases.push_back(claimed.lease);
    policies.push_back(update.policy_version);
    evidence.push_back(smime::evidence_text(update.state.evidence));
    trust_versions.push_back(update.trust_version);
    evidence_versions.push_back(update.evidence_version);
    evaluated_at.push_back(to_epoch(update.evaluated_at));
    next_check_at.push_back(to_epoch(update.next_check_at));
    next_change.push_back(update.state.next_change);
  }
};

// Those that were confirmed: still leased to the caller, and still what they were.
std::set<smime::UnitId> confirm(Database& database, const Confirmed& page) {
  std::set<smime::UnitId> out;
  if (page.ids.empty()) return out;
  return run(database, [&](Transaction& transaction) {
    std::set<smime::UnitId> confirmed;
    for (const Row& row : transaction.exec(
             "UPDATE units u SET next_change = to_timestamp(v.next_change), evaluated_at = "
             "to_timestamp(v.evaluated_at), "
             "next_check_at = to_timestamp(v.next_check_at), trust_version = v.trust_version, policy_version = "
             "v.policy_version, evidence = v.evidence, evidence_version = v.evidence_version, lease = NULL, "
             "lease_until "
             "= NULL FROM unnest($2::bytea[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], "
             "$8::bigint[], "
             "$9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) AS v (unit_id, codes, path, lease, "
             "policy_version, evidence, trust_version, evidence_version, evaluated_at, next_check_at, next_change) "
             "WHERE u.bucket = ANY($1::smallint[]) AND u.unit_id = v.unit_id AND u.lease = v.lease AND u.evaluated_at "
             "IS "
             "NOT NULL AND u.codes = v.codes::smallint[] AND u.path = v.path AND u.evidence_version <= "
             "v.evidence_version RETURNING u.unit_id",
             array_of(page.ids, bucket_of), digest_array(page.ids), text_array(page.codes), octets_array(page.paths),
             text_array(page.leases), text_array(page.policies), text_array(page.evidence),
             id_array(page.trust_versions), id_array(page.evidence_versions), id_array(page.evaluated_at),
             id_array(page.next_check_at), epoch_array(page.next_change)))
      confirmed.insert(digest(row, 0));
    return confirmed;
  });
}

bool changes_nothing(const ClaimedUnit& claimed, const UnitUpdate& update) {
  return claimed.state.codes == update.state.codes && claimed.state.path == update.state.path;
}

}  // namespace

std::vector<UnitWrite> record_units(Database& database, const std::vector<ClaimedUnit>& claimed,
                                    const std::vector<std::optional<UnitUpdate>>& updates) {
  Confirmed page;
  for (std::size_t i = 0; i < claimed.size(); ++i)
    if (updates[i] && changes_nothing(claimed[i], *updates[i])) page.add(claimed[i], *updates[i]);
  const std::set<smime::UnitId> confirmed = confirm(database, page);
  std::vector<UnitWrite> out;
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    if (!updates[i]) {
      out.push_back(UnitWrite::kLost);
    } else if (confirmed.contains(claimed[i].unit.id())) {
      add_path_to_pool(database, updates[i]->state, updates[i]->evaluated_at);
      out.push_back(UnitWrite::kUnchanged);
    } else {
      out.push_back(record_unit(database, claimed[i], *updates[i]));
    }
  }
  return out;
}

UnitWrite record_unit(Database& database, const ClaimedUnit& claimed, const UnitUpdate& update, RecordUnit how) {
  const smime::UnitId id = claimed.unit.id();
  const UnitWrite write = run(database, [&](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "WITH old AS (SELECT gen FROM units WHERE bucket = $1 AND unit_id = $2 FOR UPDATE) "
        "UPDATE units u SET codes = $3::smallint[], path = $4::bytea, next_change = $5, evaluated_at = $6, "
        "next_check_at = $7, "
        "trust_version = $8, policy_version = $9, evidence = $12, evidence_version = $13, lease = NULL, "
        "lease_until = NULL, gen = u.gen + "
        "(CASE WHEN u.evaluated_at IS NULL OR u.codes <> $3::smallint[] OR u.path <> $4::bytea THEN 1 ELSE 0 END) "
        "FROM old WHERE u.bucket = $1 AND u.unit_id = $2 AND u.evidence_version <= $13 AND (CASE WHEN $11::boolean "
        "THEN u.trust_version <= $8 AND "
        "(u.evaluated_at IS NULL OR u.evaluated_at < $6) ELSE coalesce(u.lease, '') = $10 END) "
        "RETURNING u.gen > old.gen",
        bucket_of(id), id, codes_array(update.state.codes), binary(concatenate(update.state.path)),
        optional_time(update.state.next_change), update.evaluated_at, update.next_check_at, update.trust_version,
        update.policy_version, claimed.lease, how == RecordUnit::kNewest, smime::evidence_text(update.state.evidence),
        update.evidence_version);
    if (rows.empty()) return UnitWrite::kLost;
    if (!boolean(rows[0], 0)) return UnitWrite::kUnchanged;
    note_generation(transaction, id);
    return UnitWrite::kChanged;
  });
  if (write != UnitWrite::kLost) add_path_to_pool(database, update.state, update.evaluated_at);
  return write;
}

std::vector<smime::UnitId> unswept_units(Database& database, std::size_t limit) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<smime::UnitId> out;
    for (const Row& row : transaction.exec("SELECT unit_id FROM units WHERE gen > swept_gen LIMIT $1", limit)) {
      out.push_back(digest(row, 0));
    }
    return out;
  });
}

StoredCertificates::StoredCertificates(Database& database, smime::CertificateCache& cache)
    : database_(database), cache_(cache) {}

smime::CertificatePtr StoredCertificates::get(const smime::CertId& id) {
  if (smime::CertificatePtr known = cache_.find(id)) return known;
  const std::string der = run_autocommit(database_, [&](Transaction& transaction) {
    const Rows rows =
        transaction.exec("SELECT der FROM certificates WHERE bucket = $1 AND cert_id = $2", bucket_of(id), id);
    return rows.empty() ? std::string() : octets(rows[0], 0);
  });
  return der.empty() ? nullptr : cache_.get(der);
}

}  // namespace waxseal::store
