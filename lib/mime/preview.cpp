#include <algorithm>

#include "mime/message.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

constexpr std::size_t kPreviewUnits = 256;  // RFC 8621 section 4.1.4; in UTF-16 units, so no way of counting exceeds it
constexpr std::size_t kExamined = 64 * 1024;  // octets of a part; what follows is below the fold
constexpr std::size_t kPartsExamined = 5;

std::size_t sequence_length(char first) {
  const auto octet = static_cast<unsigned char>(first);
  return octet < 0xC0 ? 1 : octet < 0xE0 ? 2 : octet < 0xF0 ? 3 : 4;
}

// Whole characters of `text` up to `units` UTF-16 units.
std::string_view cut(std::string_view text, std::size_t units) {
  std::size_t end = 0;
  for (std::size_t used = 0; end < text.size(); end += sequence_length(text[end])) {
    used += sequence_length(text[end]) == 4 ? 2u : 1u;
    if (used > units) break;
  }
  return text.substr(0, end);
}

// Lines of plain text without quotations, up to the signature (RFC 3676 section 4.3), as one line.
std::string condense(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < kPreviewUnits * 4) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line == "-- ") break;
    if (line.starts_with('>')) continue;
    for (const char c : line) {
      const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\f';
      if (!space)
        out += c;
      else if (!out.empty() && out.back() != ' ')
        out += ' ';
    }
    if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return strip_controls(out);
}

std::string preview_of(Octets message, const Part& part) {
  Part head = part;
  head.body.end = std::min(head.body.end, head.body.begin + kExamined);
  std::string text = body_text(message, head).value;
  if (part.type == "text/html") text = html_to_text(text, kPreviewUnits * 4);
  return std::string(cut(condense(text), kPreviewUnits));
}

std::string first_preview(Octets message, const Message& parsed, const std::vector<std::size_t>& body) {
  std::size_t examined = 0;
  for (const std::size_t index : body) {
    const Part& part = parsed.parts[index];
    if (!part.type.starts_with("text/")) continue;
    if (++examined > kPartsExamined) break;
    std::string text = preview_of(message, part);
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace

std::string preview(Octets message, const Message& parsed) {
  std::string text = first_preview(message, parsed, parsed.text_body);
  // Senders leave the plain alternative empty.
  return text.empty() ? first_preview(message, parsed, parsed.html_body) : text;
}

}  // namespace waxseal::mime
