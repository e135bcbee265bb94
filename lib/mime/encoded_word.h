// RFC 2047 encoded-words as tokens; decode_text() is in text.h.
#pragma once

#include <cstddef>
#include <string>

#include "base/octets.h"

namespace waxseal::mime {

// Length of the well-formed encoded-word at the start of `text`, or 0.
std::size_t encoded_word_length(Octets text);

// decode_text() for parameter values.  Encoded-words are never legal there (RFC 2047 section 5), so no placement rule
// is left to keep: senders put them next to anything ("=?utf-8?q?a?=.png").
std::string decode_parameter_text(Octets value);

}  // namespace waxseal::mime
