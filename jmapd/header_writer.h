// Header fields that a client sets (RFC 8621 sections 4.1.2 and 4.6): the way back from header_forms.h.
#pragma once

#include <optional>
#include <vector>

#include "jmapd/header_forms.h"
#include "mime/compose.h"

namespace waxseal::jmapd {

// As many fields as the value has; none for null or an empty list.  nullopt: not of the property's type, or it could
// not be written so that it reads back as the same.
std::optional<std::vector<mime::NewField>> write_header_property(const HeaderProperty& property, const Json& value);

}  // namespace waxseal::jmapd
