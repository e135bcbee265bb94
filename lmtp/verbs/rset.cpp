#include "lmtp/verb.h"

namespace waxseal::lmtp {

Reply rset(Dialogue& dialogue, std::string_view) {
  dialogue.transaction.reset();
  dialogue.forwarded = {};
  return {250, "2.0.0", "ok"};
}

}  // namespace waxseal::lmtp
