// One level of a message: where the direct children of one entity lie.  mimetic's iterator parser drives it
// (docs/decisions/0001-mimetic.md); no header of mimetic is seen outside level_parser.cpp.
#pragma once

#include <optional>
#include <vector>

#include "base/octets.h"
#include "mime/content_type.h"

namespace waxseal::mime {

struct Level {
  std::vector<Range> children;           // in the body; empty: the entity has none
  std::optional<std::size_t> remainder;  // begin of what was not split, because `max_children` was reached
};

// `type` is what the entity's header was read as.  Only a multipart with a usable boundary that delimits something has
// children; message/* is not entered.  The ranges are those of split_multipart().  Never throws.
Level parse_level(Octets body, const ContentType& type, std::size_t max_children);

}  // namespace waxseal::mime
