// GET {eventSourceUrl} (RFC 8620 section 7.3).
#pragma once

#include "jmapd/http/message.h"
#include "jmapd/push_hub.h"
#include "store/accounts.h"
#include "store/database.h"

namespace waxseal::jmapd {

// types, closeafter and ping are read leniently: left out, they mean *, no and 0.  A ping is sent every 5 seconds to
// every hour; the event says the interval that is used.  Throws store::Unavailable.
http::Response event_source(PushHub& hub, store::Database& database, const store::Principal& principal,
                            const http::Request& request);

}  // namespace waxseal::jmapd
