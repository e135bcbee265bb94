#include "store/unit_rows.h"

#include <algorithm>

#include "smime/next_check.h"
#include "smime/revocation.h"
#include "store/comma_list.h"
#include "store/verdict_history.h"

namespace waxseal::store {

namespace {

constexpr const char* kUpsertUnit =
    "INSERT INTO units AS u (bucket, unit_id, trust_domain, leaf, bundle, ess_path_set, codes, path, next_change, "
    "evaluated_at, next_check_at, trust_version, policy_version, evidence, evidence_version) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
    "ON CONFLICT (bucket, unit_id) DO UPDATE SET codes = excluded.codes, path = excluded.path, "
    "next_change = excluded.next_change, evaluated_at = excluded.evaluated_at, next_check_at = excluded.next_check_at, "
    "trust_version = excluded.trust_version, policy_version = excluded.policy_version, evidence = excluded.evidence, "
    "evidence_version = excluded.evidence_version, gen = u.gen + "
    "(CASE WHEN u.evaluated_at IS NULL OR u.codes <> excluded.codes OR u.path <> excluded.path THEN 1 ELSE 0 END) "
    "WHERE u.next_check_at <= excluded.evaluated_at AND u.trust_version <= excluded.trust_version "
    "AND u.evidence_version <= excluded.evidence_version AND (u.evaluated_at IS NULL OR u.evaluated_at < "
    "excluded.evaluated_at)";

// Somebody must be told what to fetch: the next evaluation does (NET-02, NET-15).
bool lacks_something(const smime::UnitState& state) {
  return std::any_of(state.codes.begin(), state.codes.end(), [](smime::Code code) {
    return smime::is_undetermined(code) || code == smime::Code::chain_incomplete;
  });
}

}  // namespace

int bucket_of(const Sha256& name) {
  return (name.octets[0] << 4) | (name.octets[1] >> 4);
}

std::string codes_array(const std::vector<smime::Code>& codes) {
  return array_of(codes, [](smime::Code code) { return static_cast<int>(code); });
}

std::vector<smime::Code> parse_codes(std::string_view array) {
  std::vector<smime::Code> out;
  for (const std::int64_t number : parse_array(array)) {
    if (const auto code = smime::code_numbered(static_cast<int>(number))) out.push_back(*code);
  }
  return out;
}

std::string concatenate(const std::vector<Sha256>& digests) {
  std::string out;
  for (const Sha256& digest : digests) out += digest.view();
  return out;
}

std::vector<Sha256> split_digests(Octets concatenated) {
  std::vector<Sha256> out;
  for (std::size_t at = 0; at + 32 <= concatenated.size(); at += 32) {
    out.push_back(Sha256::from_raw(concatenated.substr(at, 32)));
  }
  return out;
}

void add_unit(const Row& row, int first, std::map<smime::UnitId, StoredUnit>& out) {
  if (row[static_cast<pqxx::row::size_type>(first)].is_null()) return;
  StoredUnit& unit = out[digest(row, first)];
  unit.state.codes = parse_codes(text(row, first + 1));
  unit.state.path = split_digests(octets(row, first + 2));
  unit.state.next_change = optional_time_of(row, first + 3);
  unit.evaluated_at = optional_time_of(row, first + 4);
  unit.next_check_at = time_of(row, first + 5);
  unit.gen = integer(row, first + 6);
  unit.trust_version = integer(row, first + 7);
  unit.state.evidence = smime::evidence_of(text(row, first + 8));
  unit.evidence_version = integer(row, first + 9);
  unit.version = integer(row, first + 10);
}

std::map<smime::UnitId, StoredUnit> read_units(Transaction& transaction, const std::set<smime::UnitId>& ids) {
  static const std::string kRead = "SELECT " + std::string(kUnitColumns) +
                                   " FROM units WHERE bucket = ANY($1::smallint[]) AND unit_id = ANY($2::bytea[])";
  std::map<smime::UnitId, StoredUnit> out;
  if (ids.empty()) return out;
  for (const Row& row : transaction.exec(kRead, array_of(ids, bucket_of), digest_array({ids.begin(), ids.end()})))
    add_unit(row, 0, out);
  return out;
}

smime::UnitStates states_of(const std::map<smime::UnitId, StoredUnit>& units) {
  smime::UnitStates out;
  for (const auto& [id, unit] : units) {
    if (unit.evaluated_at) out[id] = unit.state;
  }
  return out;
}

void insert_certificate(Transaction& transaction, const smime::Certificate& certificate) {
  transaction.exec(
      "INSERT INTO certificates (bucket, cert_id, der, not_before, not_after) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (bucket, cert_id) DO NOTHING",
      bucket_of(certificate.id()), certificate.id(), binary(certificate.der()), certificate.not_before(),
      certificate.not_after());
}

std::map<smime::UnitId, smime::Unit> units_by_id(const smime::Facts& facts) {
  std::map<smime::UnitId, smime::Unit> out;
  for (smime::Unit& unit : facts.units()) {
    const smime::UnitId id = unit.id();
    out.emplace(id, std::move(unit));
  }
  return out;
}

std::set<smime::UnitId> unit_ids(const smime::Facts& facts) {
  std::set<smime::UnitId> ids;
  for (const smime::Unit& unit : facts.units()) ids.insert(unit.id());
  return ids;
}

void upsert_unit(Transaction& transaction, const UnitInsert& insert) {
  const smime::Unit& unit = *insert.unit;
  const smime::UnitState state = insert.state ? *insert.state : smime::UnitState{};
  const std::optional<Time> evaluated_at = insert.state ? std::optional(insert.evaluated_at) : std::nullopt;
  const bool due = insert.state == nullptr || insert.overtaken || lacks_something(state);
  const Time next_check_at = due ? insert.evaluated_at : smime::next_check(insert.id, state, insert.evaluated_at);
  const Rows written = transaction.exec(
      kUpsertUnit, bucket_of(insert.id), insert.id, unit.trust_domain, unit.leaf, binary(concatenate(unit.bundle)),
      joined(unit.ess_path_set), codes_array(state.codes), binary(concatenate(state.path)),
      optional_time(state.next_change), optional_time(evaluated_at), next_check_at, insert.trust_version,
      insert.policy_version, smime::evidence_text(state.evidence), insert.evidence_version);
  if (written.affected_rows() > 0) note_generation(transaction, insert.id);
}

void note_generation(Transaction& transaction, const smime::UnitId& unit) {
  transaction.exec(
      "INSERT INTO unit_history (bucket, unit_id, gen, at, codes, path, trust_version, policy_version, "
      "evidence) "
      "SELECT bucket, unit_id, gen, evaluated_at, codes, path, trust_version, policy_version, evidence FROM units "
      "WHERE bucket = $1 AND unit_id = $2 AND evaluated_at IS NOT NULL ON CONFLICT (bucket, unit_id, gen) DO NOTHING",
      bucket_of(unit), unit);
  transaction.exec(
      "DELETE FROM unit_history WHERE bucket = $1 AND unit_id = $2 AND gen <= "
      "(SELECT gen FROM units WHERE bucket = $1 AND unit_id = $2) - $3",
      bucket_of(unit), unit, kKeptGenerations);
}

void insert_holder(Transaction& transaction, const smime::UnitId& unit, AccountId account) {
  transaction.exec(
      "INSERT INTO unit_holders (bucket, unit_id, account_id) VALUES ($1, $2, $3) "
      "ON CONFLICT (bucket, unit_id, account_id) DO NOTHING",
      bucket_of(unit), unit, account);
}

}  // namespace waxseal::store
