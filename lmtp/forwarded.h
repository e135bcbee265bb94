// What the MTA in front says of the client from which it has a message: Postfix's XFORWARD command.  For people who
// read logs; nothing is decided by it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace waxseal::lmtp {

inline constexpr std::size_t kMaxForwardedOctets = 255;  // of one value, decoded

struct Forwarded {
  std::string name, address, helo;  // empty: not said, or not known

  bool empty() const { return name.empty() && address.empty() && helo.empty(); }
  std::string client() const;  // "mail.example.org[192.0.2.1]"; an unknown name is "unknown"; "" if both are empty
};

// The attributes that are offered to LHLO, as it names them.
inline constexpr std::string_view kForwardedAttributes = "NAME ADDR HELO";

// Takes "NAME=mail.example.org ADDR=192.0.2.1": what is named is replaced, the rest stays.  Values are xtext (RFC 3461
// section 4); "[UNAVAILABLE]" and "[TEMPUNAVAIL]" are an empty one.  On error, which names the attribute, nothing is.
Result<Done> apply_attributes(Forwarded&, std::string_view text);

}  // namespace waxseal::lmtp
