// The socket that libmilter listens on, named as in milter.socket.
#pragma once

#include <string>

#include "base/result.h"

namespace waxseal::milter {

// Creates it, with the octal `mode` if it is a unix socket.
Result<Done> open_listener(const std::string& address, const std::string& mode);

// Connects once and hangs up: libmilter looks whether it should stop only when something happens or five seconds have
// passed.
void poke_listener(const std::string& address);

}  // namespace waxseal::milter
