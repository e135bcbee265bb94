// The domain of an address in the one form that is compared (IDN-21).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waxseal::smime {

// A-labels, ASCII lower case; an address literal "[...]" as written.  U-labels are encoded by IDNA2008 (RFC 5891)
// without any mapping: what is not already a normalised U-label, and any empty label, gives nullopt, which matches
// nothing.
std::optional<std::string> comparable_domain(std::string_view domain);

}  // namespace waxseal::smime
