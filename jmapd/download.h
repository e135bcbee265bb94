// GET {downloadUrl} (RFC 8620 section 6.2).
#pragma once

#include <string_view>

#include "jmapd/http/message.h"
#include "store/accounts.h"
#include "store/database.h"

namespace waxseal::jmapd {

// `path` is what follows "/jmap/download/": {accountId}/{blobId}/{name}, still percent-encoded; `query` holds accept=.
// Whole messages go out in pieces, each read when the one before has been sent; a part is decoded in memory.
// Unknown, foreign and malformed ids all get the same 404.  Throws store::Unavailable.
http::Response download(store::Database& database, const store::Principal& principal, std::string_view path,
                        std::string_view query);

}  // namespace waxseal::jmapd
