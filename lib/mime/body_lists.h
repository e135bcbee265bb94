// textBody, htmlBody, attachments and hasAttachment (RFC 8621 section 4.1.4).
#pragma once

#include "mime/message.h"

namespace waxseal::mime {

// Fills the lists of `message` from its parts.
void list_bodies(Message& message);

}  // namespace waxseal::mime
