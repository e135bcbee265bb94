// The language of texts that a person reads, smimeErrors above all (RFC 8620 section 3.8).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace waxseal::jmapd {

// The best of `available` (primary subtags, lower case, the first is the default) for an Accept-Language field
// (RFC 9110 section 12.5.4).  What cannot be read is skipped.
std::string negotiate_language(std::string_view accept_language, std::span<const std::string_view> available);

}  // namespace waxseal::jmapd
