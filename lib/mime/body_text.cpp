#include "mime/message.h"
#include "mime/text.h"
#include "mime/transfer.h"

namespace waxseal::mime {

namespace {

// RFC 8621 section 4.1.4: any CRLF is replaced with a single LF.
std::string crlf_to_lf(std::string text) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < text.size(); ++from) {
    if (text[from] == '\r' && from + 1 < text.size() && text[from + 1] == '\n') continue;
    text[to++] = text[from];
  }
  text.resize(to);
  return text;
}

}  // namespace

BodyText body_text(Octets message, const Part& part) {
  const Decoded decoded = decode_transfer(part.body.of(message), part.encoding);
  CharsetText text = to_utf8(decoded.octets, part.charset.empty() ? "us-ascii" : part.charset);
  return {crlf_to_lf(std::move(text.utf8)), decoded.problem || text.problem};
}

std::string decoded_body(Octets message, const Part& part) {
  return decode_transfer(part.body.of(message), part.encoding).octets;
}

}  // namespace waxseal::mime
