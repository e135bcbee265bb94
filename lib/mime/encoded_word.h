// RFC 2047 encoded-words as tokens; decode_text() in text.h decodes them.
#pragma once

#include <cstddef>

#include "base/octets.h"

namespace waxseal::mime {

// Length of the well-formed encoded-word at the start of `text`, or 0.
std::size_t encoded_word_length(Octets text);

}  // namespace waxseal::mime
