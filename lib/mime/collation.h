// Collation i;unicode-casemap (RFC 5051) and Net-Unicode (RFC 5198).
#pragma once

#include <string>
#include <string_view>

namespace waxseal::mime {

// The string that two texts are compared by, octet by octet: each character in title case, then decomposed.  At most
// about `limit` octets, cut between characters.  Precondition: valid UTF-8.
std::string unicode_casemap(std::string_view utf8, std::size_t limit);

// Normalization Form C.  Precondition: valid UTF-8.
std::string normalize_nfc(std::string_view utf8);

}  // namespace waxseal::mime
