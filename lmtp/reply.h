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
  bool none() const { return code == 0; }
  std::string lines() const;  // with CRLF
};

// Of the next hop: it may have taken the message, or not.  The MTA tries again; better twice than never.
inline const Reply kInDoubt{451, "4.4.2", "the next hop did not confirm, try again later", {}};
inline const Reply kNoReply{0, "", "", {}};  // comes later: BDAT is answered after its octets

}  // namespace waxseal::lmtp
