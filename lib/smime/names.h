// Equality of distinguished names as certificate paths need it.
#pragma once

#include <string>

#include "base/octets.h"

namespace waxseal::smime {

// X509_NAME_cmp over the canonical form (5280 section 7.1); equal octets need no parsing.
bool same_name(Octets a, Octets b);

// Octets that are equal if and only if the names are the same in that sense: attribute types, values in UTF-8 with
// ASCII letters lower and white space collapsed.  A name that cannot be read is itself.
std::string canonical_name(Octets name);

// RFC 4514, control characters escaped; for people and logs, never for comparison.  "" for a name that cannot be read.
std::string name_text(Octets name);

}  // namespace waxseal::smime
