// Rows of group B: certificates, units, holders.  Private to lib/store.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "smime/judge.h"
#include "store/transaction.h"

namespace waxseal::store {

// First 12 bits of the SHA-256 that names the row.
int bucket_of(const Sha256& name);

std::string codes_array(const std::vector<smime::Code>& codes);
std::vector<smime::Code> parse_codes(std::string_view array);  // numbers that this program does not know are left out
std::string concatenate(const std::vector<Sha256>& digests);
std::vector<Sha256> split_digests(Octets concatenated);

// Units that the facts name.
std::map<smime::UnitId, smime::Unit> units_by_id(const smime::Facts& facts);
std::set<smime::UnitId> unit_ids(const smime::Facts& facts);

struct StoredUnit {
  smime::UnitState state;
  std::optional<Time> evaluated_at;  // nullopt: not yet; `state` means nothing
  Time next_check_at;
  std::int64_t gen = 0;
  std::int64_t trust_version = 0;
  std::int64_t evidence_version = 0;
  std::int64_t version = 0;  // of the row: another one after each change
};
// What add_unit() wants, of `units`.
inline constexpr std::string_view kUnitColumns =
    "unit_id, codes, path, extract(epoch from next_change)::bigint, extract(epoch from evaluated_at)::bigint, "
    "extract(epoch from next_check_at)::bigint, gen, trust_version, evidence, evidence_version, "
    "cast(cast(xmin AS text) AS bigint)";
// From column `first` on; NULL: there is none.
void add_unit(const Row& row, int first, std::map<smime::UnitId, StoredUnit>& out);
std::map<smime::UnitId, StoredUnit> read_units(Transaction& transaction, const std::set<smime::UnitId>& ids);
// Those that were evaluated.
smime::UnitStates states_of(const std::map<smime::UnitId, StoredUnit>& units);

void insert_certificate(Transaction& transaction, const smime::Certificate& certificate);

struct UnitInsert {
  const smime::Unit* unit = nullptr;
  smime::UnitId id;
  const smime::UnitState* state = nullptr;  // nullptr: not evaluated
  Time evaluated_at;
  std::int64_t trust_version = 0;
  std::int64_t evidence_version = 0;
  bool overtaken = false;  // newer evidence is there already: due at once
  std::string policy_version;
};
// Inserts the unit if it is not there.  If it is there and overdue, the newer evaluation is a flip like any other: gen
// rises if the state differs, and the sweep follows.
void upsert_unit(Transaction& transaction, const UnitInsert& insert);
// Keeps the unit's present state, if it is a new generation, for `waxseal why`; forgets the oldest.
void note_generation(Transaction& transaction, const smime::UnitId& unit);
void insert_holder(Transaction& transaction, const smime::UnitId& unit, AccountId account);

}  // namespace waxseal::store
