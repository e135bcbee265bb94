// Issuer certificates that mail does not bring: the pool of those that were seen on a valid path (PTH-02 c), and what
// was fetched on the way to one (PTH-02 d).
#pragma once

#include <vector>

#include "smime/certificate.h"
#include "smime/facts.h"
#include "smime/unit.h"
#include "store/database.h"

namespace waxseal::store {

// Snapshots of the trust store may be a second older than the store.
inline constexpr Seconds kPoolDelay{2};

// Adds a certificate that stands on a valid path to an anchor.  True if it is new: then every unit that another issuer
// may help is due in kPoolDelay, when everybody's snapshot has it, and whoever judges one of them now loses (RVF-04).
bool add_intermediate(Database&, const smime::CertId&, Octets der, Time now);

// Those between signer and anchor of a path without fault.  Costs nothing for certificates that were added before.
void add_path_to_pool(Database&, const smime::UnitState& state, Time now);

// Kept, but trusted with nothing: a link whose own issuer is still looked for.
void keep_certificate(Database&, const smime::Certificate&);

// Facts of some messages of the unit, at most `limit`: does anybody's mail need it?
std::vector<smime::Facts> facts_of_unit(Database&, const smime::UnitId&, std::size_t limit);

}  // namespace waxseal::store
