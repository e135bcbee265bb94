#include "mime/message.h"
#include "mime/text.h"
#include "mime/transfer.h"

namespace waxseal::mime {

namespace {

// RFC 8621 section 4.1.4: any CRLF is replaced with a single LF.
std::string crlf_to_lf(std::string text) {
  char* to = text.data();
  const char* from = text.data();
  const char* const end = from + text.size();
  while (from != end) {
    const Octets rest(from, static_cast<std::size_t>(end - from));
    const std::size_t run = std::min(rest.find("\r\n"), rest.size());
    to = std::copy_n(from, run, to);
    from += std::min(run + 1, rest.size());
  }
  text.resize(static_cast<std::size_t>(to - text.data()));
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
