// Judging one candidate path at T (verification.md 3.3, 3.4).  Private to lib/smime.
#pragma once

#include <vector>

#include "smime/path_building.h"
#include "smime/policy.h"
#include "smime/unit.h"

namespace waxseal::smime {

// Every problem of the path, in catalogue order; empty: valid.  All signatures on it must have been checked already:
// OpenSSL is told to go on after an error (PTH-12).
std::vector<Code> check_path(const Path& path, const Unit& unit, const Policy& policy, Time at);

// What can be said of a signer certificate that nobody vouches for (PTH-12): only our own cheap checks.
std::vector<Code> check_signer_alone(const Certificate& signer, const Policy& policy, Time at);

}  // namespace waxseal::smime
