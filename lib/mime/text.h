// Text of header fields and bodies as UTF-8: RFC 2047 encoded-words, charsets (iconv), HTML to text.
#pragma once

#include <string>

#include "base/octets.h"

namespace waxseal::mime {

// Unfolded, encoded-words decoded (adjacent ones joined; not where RFC 2047's placement rules are broken), white space
// trimmed at both ends, control characters dropped, always valid UTF-8 in NFC where it was NFC; never CR, LF or NUL
// (rule R24).  RFC 8621 section 4.1.2.2 "Text".
std::string decode_text(Octets raw_value);

// Without C0, C1 and DEL; TAB stays (rule R24).
std::string strip_controls(std::string_view utf8);

struct CharsetText {
  std::string utf8;
  bool problem = false;  // unknown charset or malformed octets, replaced by U+FFFD
};
CharsetText to_utf8(Octets octets, std::string_view charset);

// Visible text of an HTML document, at most `limit` octets of UTF-8; block elements begin lines.  Linear.
std::string html_to_text(Octets utf8_html, std::size_t limit);

}  // namespace waxseal::mime
