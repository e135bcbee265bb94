// multipart/signed: the two parts and what can be wrong with them (C05..C21, BYT-2..6).
#pragma once

#include "mime/content_type.h"
#include "mime/header.h"
#include "smime/envelope.h"

namespace waxseal::smime {

struct DetachedParts {
  bool foreign = false;  // no protocol, and the second part is no S/MIME signature: C10
  SignedLayer layer;     // codes, content, micalg; no CMS yet
  Octets signature;      // decoded, unless codes say why not; in `decoded`
};

DetachedParts read_multipart_signed(Octets entity, const mime::Header& header, const mime::ContentType& type,
                                    const Policy& policy, std::deque<std::string>& decoded);

// Body of a CMS part without its transfer encoding (C54, C55); nullopt: mime_bad_cte.
std::optional<Octets> decode_cms_body(const mime::Header& header, Octets body, std::deque<std::string>& decoded);

// SIG-12b: the first line has the form of a header field, or is empty.
bool begins_like_mime(Octets content);

}  // namespace waxseal::smime
