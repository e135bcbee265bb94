// Octets as received.  A message is one immutable buffer; everything else is a range into it.
#pragma once

#include <cstddef>
#include <string_view>

namespace waxseal {

// A view of raw octets.  Not text: may hold NUL, CR, 8-bit octets in any order.
using Octets = std::string_view;

// Half-open range of octet offsets into a buffer that the holder names.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  Octets of(Octets buffer) const { return buffer.substr(begin, end - begin); }
  friend bool operator==(const Range&, const Range&) = default;
};

}  // namespace waxseal
