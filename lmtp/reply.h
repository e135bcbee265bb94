// One answer of the server: "250 2.1.0 text" (RFC 5321 section 4.2, RFC 2034).
#pragma once

#include <string>
#include <vector>

namespace waxseal::lmtp {

struct Reply {
  int code = 451;
  std::string enhanced;  // "2.1.0"; empty where RFC 2034 section 4 has none (220, 354, LHLO)
  std::string text;
  std::vector<std::string> more;  // further lines, LHLO only: everything else is one line (rule R4)

  bool positive() const { return code < 400; }
  std::string lines() const;  // with CRLF
};

}  // namespace waxseal::lmtp
