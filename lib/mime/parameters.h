// The parameter list behind a media type or a disposition (RFC 2045 section 5.1, RFC 2231).
#pragma once

#include "mime/content_type.h"
#include "mime/lexer.h"

namespace waxseal::mime {

// Reads *(";" attribute "=" value) to the end of the field.  Whatever the syntax is, the parameters that could be read
// are there: showing a message is best effort, and only kValid may decide a verdict. Tolerated as valid, because every
// reader sees the same: an empty parameter (";;", a ';' at the end), and in unquoted values the characters "/=?:@[]"
// that RFC 2045 wants quoted (boundary=----=_Part, protocol=application/pkcs7-signature).
Syntax read_parameters(Lexer& lexer, std::vector<Parameter>& out);

}  // namespace waxseal::mime
