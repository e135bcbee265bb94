// Core/echo (RFC 8620 section 4): the arguments, unchanged.
#include "jmapd/methods/methods.h"

namespace waxseal::jmapd {

Json core_echo(Call&, const Json& arguments) {
  return arguments;
}

}  // namespace waxseal::jmapd
