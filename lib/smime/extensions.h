// Extensions of certificates, lists and OCSP answers: SEQUENCE OF SEQUENCE { OID, BOOLEAN DEFAULT FALSE, OCTET STRING
// }.
#pragma once

#include <functional>

#include "base/octets.h"

namespace waxseal::smime {

// Calls `visit(oid, critical, value)` for each; false: malformed, an extension occurs twice (5280 section 4.2), or
// visit() said no.
bool for_each_extension(Octets sequence_content, const std::function<bool(Octets, bool, Octets)>& visit);

}  // namespace waxseal::smime
