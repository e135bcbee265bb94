// The mailbox that a message was in, by its place in the file system: Maildir++, Dovecot, Thunderbird.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/message_walk.h"

namespace waxseal::cli {

// The mailbox, from the top; empty: the inbox.  "M/.Lists.Postfix/cur/1:2,S" -> Lists, Postfix; an mbox that was found
// below a directory is a mailbox of its name; everything else is the inbox.
std::vector<std::string> folder_of(const Input&);
// RFC 3501 section 5.1.3: "Entw&APw-rfe" -> "Entwürfe".  What is not well-formed stays as it is.
std::string decode_folder_name(std::string_view name);

}  // namespace waxseal::cli
