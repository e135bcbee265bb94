#include "lmtp/verb.h"

namespace waxseal::lmtp {

Reply quit(Dialogue& dialogue, std::string_view) {
  dialogue.transaction.reset();
  dialogue.next = Dialogue::Next::kClose;
  return {221, "2.0.0", "closing"};
}

}  // namespace waxseal::lmtp
