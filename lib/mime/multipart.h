// Byte ranges of the parts of one multipart body (RFC 2046 section 5.1.1; BYT-2..BYT-5).
#pragma once

#include <vector>

#include "base/octets.h"

namespace waxseal::mime {

struct Multipart {
  std::vector<Range> parts;  // each with its own header section; in `body`
  Range preamble;
  Range epilogue;
  bool closed = false;     // the close-delimiter was there
  bool ambiguous = false;  // a line begins with --boundary but is no delimiter (BYT-4), before the close-delimiter
  bool limit_exceeded = false;
};

// BYT-5: 1..200 octets, printable ASCII and SP, not ending in SP.
bool valid_boundary(Octets boundary);

// Precondition: valid_boundary(boundary).  Linear in the body's size.
Multipart split_multipart(Octets body, Octets boundary, std::size_t max_parts = 1000);

}  // namespace waxseal::mime
