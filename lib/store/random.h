// Random numbers and constant-time comparison for identifiers and secrets.  Private to lib/store.
#pragma once

#include <cstdint>
#include <string>

#include "base/octets.h"
#include "base/sha256.h"

namespace waxseal::store {

std::string random_octets(std::size_t count);     // from the kernel; throws std::runtime_error if it has none
std::int64_t random_id();                         // 62 bits, positive: ids that any node can mint
bool equal_in_constant_time(Octets a, Octets b);  // R36; the lengths are not secret
Sha256 hmac_sha256(Octets key, Octets message);   // RFC 2104

}  // namespace waxseal::store
