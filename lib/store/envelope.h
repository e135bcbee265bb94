// The part of mime::Summary that email_meta keeps as JSON, and the flat texts that filters and sorting use.
// Private to lib/store.
#pragma once

#include <string>
#include <vector>

#include "mime/message.h"

namespace waxseal::store {

std::string envelope_to_json(const mime::Summary& summary);
// Fills the address and id members; a damaged text leaves them empty.
void envelope_from_json(std::string_view json, mime::Summary& summary);

// "Joe <joe@example.net>, jim@example.net", valid UTF-8 without NUL.
std::string flat_addresses(const std::vector<mime::AddressGroup>& groups);

}  // namespace waxseal::store
