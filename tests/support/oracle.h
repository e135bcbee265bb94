// What OpenSSL's own CMS_verify says: an oracle that is not our code (for tests and benchmarks only).
#pragma once

#include <string_view>
#include <vector>

#include "support/pki.h"

namespace waxseal::test {

// CMS_verify with the certificate path to `root` at `at`, no revocation.  `content` empty: opaque.
bool openssl_verifies(std::string_view cms, std::string_view content, const Cert& root, Time at);

}  // namespace waxseal::test
