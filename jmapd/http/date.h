// The Date field (RFC 9110 section 5.6.7).
#pragma once

#include <string>

#include "base/clock.h"

namespace waxseal::jmapd::http {

std::string format_http_date(Time time);  // "Sun, 06 Nov 1994 08:49:37 GMT"

}  // namespace waxseal::jmapd::http
