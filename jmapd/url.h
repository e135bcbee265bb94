// Percent-encoding (RFC 3986 section 2.1) and queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waxseal::jmapd {

// nullopt: a "%" without two hexadecimal digits behind it.
std::optional<std::string> percent_decode(std::string_view text);

// Decoded value of the first parameter of that name; nullopt if there is none or it cannot be decoded.  "+" stays "+":
// it is part of a media type (image/svg+xml), and URI templates write a space as %20.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace waxseal::jmapd
