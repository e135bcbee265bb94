// OpenSSL as the validator of one complete path (verification.md 3.3).  Private to lib/smime.
#pragma once

#include <vector>

#include "smime/path_building.h"
#include "smime/policy.h"

namespace waxseal::smime {

// Validity, basic constraints, path length, name constraints, policies, critical extensions, strength by auth_level 2.
// Codes in the order in which OpenSSL reports them; empty: X509_verify_cert() was content and nothing was recorded.
std::vector<Code> validate_with_openssl(const Path& path, const Policy& policy, Time at);

// Some path of a certification authority's certificate to one of the anchors is valid.
bool has_valid_path(const PathInputs& inputs, const Policy& policy, Time at);

}  // namespace waxseal::smime
