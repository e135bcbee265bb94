// What the Content-* fields of one entity say about it, best effort (RFC 8621 section 4.1.4).
#pragma once

#include "mime/message.h"

namespace waxseal::mime {

// The first Content-Type field of the header, or kAbsent.
ContentType content_type_of(const Header& header);

// Fills type, charset, encoding, name, disposition, cid, language and location.  `in_digest`: the entity is a direct
// child of multipart/digest (RFC 2046 section 5.1.5).
void describe(const Header& header, const ContentType& type, bool in_digest, Part& part);

}  // namespace waxseal::mime
