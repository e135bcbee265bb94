// Whom a proxy speaks for (rule R25): X-Forwarded-For and X-Forwarded-Proto count only if the peer is a configured
// proxy.
#pragma once

#include <string>
#include <vector>

#include "jmapd/http/message.h"

namespace waxseal::jmapd::http {

// Sets `source` to the nearest address in front of the proxies of `trusted` (addresses, or "unix" for local sockets),
// and `secure` if the first of them says that the client came by https.  Anything that is no address ends the search.
void apply_forwarded(Request& request, const std::vector<std::string>& trusted);

}  // namespace waxseal::jmapd::http
