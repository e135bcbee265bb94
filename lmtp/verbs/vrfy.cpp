#include "lmtp/verb.h"

namespace waxseal::lmtp {

// RFC 5321 section 7.3: who has a mailbox here is told to nobody.
Reply vrfy(Dialogue&, std::string_view) {
  return {252, "2.5.2", "will accept and attempt delivery if RCPT is accepted"};
}

}  // namespace waxseal::lmtp
