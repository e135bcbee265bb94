// One bounded walk over a CMS object before anything reads it (verification.md 1.6; ATK-13, ATK-14).
#pragma once

#include "base/octets.h"
#include "smime/policy.h"

namespace waxseal::smime {

enum class ScanFault {
  kNone,
  kMalformed,  // cut off, a length over its container, an unclosed or stray end-of-contents
  kLimit,      // depth, number of elements, length of an object identifier
};

struct Scan {
  ScanFault fault = ScanFault::kMalformed;
  std::size_t size = 0;  // of the first element; octets after it are for the caller to judge (C20)
};

// Linear in the octets of the first element.
Scan prescan(Octets blob, const Limits& limits);

// Content octets of the contentType of a ContentInfo, as far as the blob lets see it (CLS-4); empty if it does not.
// Needs no more than the first octets, so that EnvelopedData is recognised and left alone.
Octets peek_content_type(Octets blob);

}  // namespace waxseal::smime
