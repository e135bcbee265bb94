// What a download says of itself (rule R31).
#pragma once

#include <string>
#include <string_view>

namespace waxseal::jmapd {

// "attachment; filename=\"x.pdf\"; filename*=UTF-8''x.pdf" (RFC 6266, RFC 8187) for any octets as the name: never a
// control character, a path or a second parameter.
std::string content_disposition(std::string_view name);

// The type that the client asks for, if it is type/subtype with at most a charset (RFC 6838 section 4.2); anything else
// is application/octet-stream.
std::string download_type(std::string_view asked);

}  // namespace waxseal::jmapd
