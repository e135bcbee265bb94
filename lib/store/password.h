// Password hashes: yescrypt through crypt_r.  Private to lib/store.
#pragma once

#include <string>
#include <string_view>

namespace waxseal::store {

// "$y$..." with a fresh salt.  Throws std::runtime_error if the library cannot.
std::string hash_password(std::string_view password);

// Constant-time comparison of the hashes.  An empty, locked or unknown `hash` costs the same work and is false.
bool password_matches(std::string_view password, const std::string& hash);

}  // namespace waxseal::store
