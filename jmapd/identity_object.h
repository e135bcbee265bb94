// Identity as JSON (RFC 8621 section 6).
#pragma once

#include "jmapd/method.h"

namespace waxseal::jmapd {

// Every property, and the value that a client may send back.
Json render_identity(const store::Identity& identity);

}  // namespace waxseal::jmapd
