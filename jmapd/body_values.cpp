#include "jmapd/body_values.h"

#include <set>
#include <utility>

namespace waxseal::jmapd {
namespace {

bool utf8_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

bool ascii_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// "<a", "</", "<!", "<?": what HTML takes for markup; any other "<" is text.
bool opens_markup(std::string_view html, std::size_t at) {
  if (html[at] != '<' || at + 1 >= html.size()) return false;
  const char next = html[at + 1];
  return ascii_letter(next) || next == '/' || next == '!' || next == '?';
}

// Position after the markup that begins at `at`; npos if it does not end.  Quotes hide ">" in tags, not in comments.
std::size_t end_of_markup(std::string_view html, std::size_t at) {
  if (html.substr(at).starts_with("<!--")) {
    const auto end = html.find("-->", at + 4);
    return end == std::string_view::npos ? end : end + 3;
  }
  const bool quotes_count = ascii_letter(html[at + 1]);
  char quote = '\0';
  for (std::size_t i = at + 1; i < html.size(); ++i) {
    const char c = html[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (quotes_count && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// Where the markup begins that the cut at `cut` would divide; `cut` itself if it divides none.
std::size_t before_divided_markup(std::string_view html, std::size_t cut) {
  std::size_t at = html.find('<');
  while (at < cut) {
    if (!opens_markup(html, at)) {
      at = html.find('<', at + 1);
      continue;
    }
    const auto end = end_of_markup(html, at);
    if (end == std::string_view::npos || end > cut) return at;
    at = html.find('<', end);
  }
  return cut;
}

bool is_text(const mime::Part& part) {
  return part.type.starts_with("text/");
}

std::set<std::size_t> wanted_parts(const mime::Message& message, const BodyValueSelection& selection) {
  std::set<std::size_t> wanted;
  if (selection.text_body) wanted.insert(message.text_body.begin(), message.text_body.end());
  if (selection.html_body) wanted.insert(message.html_body.begin(), message.html_body.end());
  for (std::size_t i = 0; selection.all && i < message.parts.size(); ++i) wanted.insert(i);
  std::erase_if(wanted, [&](std::size_t i) { return !is_text(message.parts[i]); });
  return wanted;
}

Json render_body_value(Octets octets, const mime::Part& part, std::size_t max_octets) {
  mime::BodyText text = mime::body_text(octets, part);
  const auto kind = part.type == "text/html" ? TextKind::kHtml : TextKind::kPlain;
  const bool truncated = max_octets != 0 && truncate_text(text.value, max_octets, kind);
  Json object = Json::object();
  object["value"] = std::move(text.value);
  object["isEncodingProblem"] = text.encoding_problem;
  object["isTruncated"] = truncated;
  return object;
}

}  // namespace

bool truncate_text(std::string& text, std::size_t max_octets, TextKind kind) {
  if (text.size() <= max_octets) return false;
  std::size_t cut = max_octets;
  while (cut > 0 && utf8_continuation(text[cut])) --cut;
  if (kind == TextKind::kHtml) cut = before_divided_markup(text, cut);
  text.resize(cut);
  return true;
}

Json render_body_values(Octets octets, const mime::Message& message, const BodyValueSelection& selection) {
  Json values = Json::object();
  for (const auto index : wanted_parts(message, selection)) {
    const mime::Part& part = message.parts[index];
    values[part.part_id] = render_body_value(octets, part, selection.max_octets);
  }
  return values;
}

}  // namespace waxseal::jmapd
