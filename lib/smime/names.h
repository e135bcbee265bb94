// Equality of distinguished names as certificate paths need it.
#pragma once

#include "base/octets.h"

namespace waxseal::smime {

// X509_NAME_cmp over the canonical form (5280 section 7.1); equal octets need no parsing.
bool same_name(Octets a, Octets b);

}  // namespace waxseal::smime
