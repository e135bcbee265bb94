// POST {uploadUrl} (RFC 8620 section 6.1).
#pragma once

#include <string_view>

#include "jmapd/http/message.h"
#include "jmapd/method.h"

namespace waxseal::jmapd {

inline constexpr std::string_view kUploadPath = "/jmap/upload/";

// `path` is what follows kUploadPath: {accountId} with or without "/" at the end, still percent-encoded.  The body is
// the request's; nothing is kept of its type but what the answer says.  Throws store::Unavailable.
http::Response upload(store::Database& database, const store::Principal& principal, const Limits& limits,
                      std::string_view path, const http::Request& request);

}  // namespace waxseal::jmapd
