// Content-Transfer-Encoding (RFC 2045 sections 6.7, 6.8).
#pragma once

#include <string>

#include "base/octets.h"
#include "base/result.h"

namespace waxseal::mime {

// Lenient: for showing a body.  `problem` is set when anything had to be skipped or guessed (isEncodingProblem).
struct Decoded {
  std::string octets;
  bool problem = false;
};
Decoded decode_base64(Octets encoded);
Decoded decode_quoted_printable(Octets encoded);
// By the name that transfer_encoding() gives; an unknown name copies the octets and sets `problem`.
Decoded decode_transfer(Octets encoded, std::string_view encoding);
// decode_transfer(encoded, encoding).octets.size(), without the copy.
std::size_t decoded_size(Octets encoded, std::string_view encoding);

// Strict: for CMS bodies (C54).  Octets outside the alphabet are skipped, but data after '=' padding is an error.
Result<std::string> decode_base64_cms(Octets encoded);

}  // namespace waxseal::mime
