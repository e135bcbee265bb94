// CMS CompressedData (RFC 3274) inflated under limits (verification.md 1.5): Debian's OpenSSL cannot, and would not
// stop.
#pragma once

#include <string>

#include "base/octets.h"
#include "base/result.h"
#include "smime/code.h"

namespace waxseal::smime {

struct InflateLimits {
  std::size_t octets;  // of output
  std::size_t ratio;   // output to input; checked while inflating
};

// `content` is what cms::content_of() gives for id-ct-compressedData.  Error: compressed_malformed, also for a stream
// that is cut off, followed by other octets, or grows over a limit (ATK-21).
Result<std::string, Code> inflate_compressed_data(Octets content, const InflateLimits& limits);

}  // namespace waxseal::smime
