// What Email/query sorts texts by (RFC 8621 section 4.4.2), computed once when a message is stored: collation keys of
// i;unicode-casemap, to be compared octet by octet.  Private to lib/store.
#pragma once

#include <string>
#include <vector>

#include "mime/message.h"

namespace waxseal::store {

// The name, or else the address, of the first mailbox of the field.
std::string address_key(const std::vector<mime::AddressGroup>& field);
// The base subject of RFC 5256 section 2.1.
std::string subject_key(std::string_view subject);

// The same texts as they are, for i;ascii-casemap.
std::string address_text(const std::vector<mime::AddressGroup>& field);
std::string subject_text(std::string_view subject);

}  // namespace waxseal::store
