// The one search for boundary delimiter lines: split_multipart() and the part tree's parser both stand on it, so that
// what the verifier hashes and what JMAP shows cannot differ.
#pragma once

#include <optional>

#include "base/octets.h"

namespace waxseal::mime {

enum class DelimiterKind {
  kOpen,    // --boundary
  kClose,   // --boundary--
  kPrefix,  // begins with --boundary but goes on: not a delimiter, though some readers take it for one (BYT-4)
};

struct Delimiter {
  DelimiterKind kind = DelimiterKind::kPrefix;
  std::size_t content_end = 0;  // before the line break that precedes the delimiter line: it belongs to it (BYT-2)
  std::size_t after = 0;        // first octet after the delimiter line's own line break
};

// First line of `body` that begins at or after `from` with "--" and `boundary` (BYT-3).  `from` is 0 or begins a line.
// Linear in the octets passed over; nullopt: none up to the end.
std::optional<Delimiter> find_delimiter(Octets body, std::size_t from, Octets boundary);

}  // namespace waxseal::mime
