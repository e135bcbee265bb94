#include "lmtp/verb.h"

namespace waxseal::lmtp {

Reply noop(Dialogue&, std::string_view) {
  return {250, "2.0.0", "ok"};
}

}  // namespace waxseal::lmtp
