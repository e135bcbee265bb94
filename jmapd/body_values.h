// bodyValues (RFC 8621 section 4.1.4): the decoded text of text/* parts.
#pragma once

#include <cstdint>
#include <string>

#include "base/octets.h"
#include "jmapd/method.h"
#include "mime/message.h"

namespace waxseal::jmapd {

struct BodyValueSelection {    // arguments of Email/get
  bool text_body = false;      // fetchTextBodyValues
  bool html_body = false;      // fetchHTMLBodyValues
  bool all = false;            // fetchAllBodyValues
  std::size_t max_octets = 0;  // maxBodyValueBytes; 0: no truncation

  bool any() const { return text_body || html_body || all; }
};

// String[EmailBodyValue] by partId.
Json render_body_values(Octets octets, const mime::Message& message, const BodyValueSelection& selection);

enum class TextKind { kPlain, kHtml };

// Cuts `text` (valid UTF-8) to at most `max_octets` octets, never inside a UTF-8 sequence and, for HTML, never inside a
// tag or comment.  False: it was short enough.
bool truncate_text(std::string& text, std::size_t max_octets, TextKind kind);

}  // namespace waxseal::jmapd
