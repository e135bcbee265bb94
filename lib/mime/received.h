// When a message came, by the trace fields that it brings.
#pragma once

#include <optional>

#include "mime/header.h"
#include "mime/message.h"

namespace waxseal::mime {

// The date of the topmost Received field (RFC 5321 section 4.4: behind its last semicolon): of the server that had it
// last.
std::optional<Time> newest_received(const Header& header);

}  // namespace waxseal::mime
