// Rows of revocation evidence.  Private to lib/store.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "smime/revocation.h"
#include "store/transaction.h"

namespace waxseal::store {

// {"\\x...", ...}: an array of bytea.
std::string octets_array(const std::vector<std::string>& values);
std::string epoch_array(const std::vector<std::optional<Time>>& times);  // bigint[] with NULLs

// '{504,...}': smime::is_undetermined().
const std::string& undetermined_codes();

struct LedgerRow {
  smime::Authority authority;
  std::string serial;
  smime::LedgerEntry entry;
};
// What the ledger did not have, or had otherwise (REV-07): a revocation is never taken back, and never becomes a hold.
// Returns the serials that changed.  All rows are of one authority.
std::set<std::string> write_entries(Database&, const std::vector<LedgerRow>&, const Sha256& scope, Time now);
// Holds of that scope that ended; returns the serials.
std::set<std::string> held_serials(Database&, const smime::Authority&, const Sha256& scope);
void release_holds(Database&, const smime::Authority&, const std::set<std::string>& serials, Time at);

// Raises the version and makes the units due with it.  Returns how many.
std::size_t announce(Database&, const std::vector<smime::UnitId>& units, Time now);
// Those of the units that lack evidence.
std::vector<smime::UnitId> undetermined_units(Database&);

}  // namespace waxseal::store
