#include "mime/search_text.h"

#include "base/text.h"
#include "mime/collation.h"
#include "mime/lexer.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

constexpr int kAttachedDepth = 4;  // messages within messages

constexpr OctetSet kWhite([](char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v' || c == '\0';
});

// Each run of white space as one space, none at the very beginning of `out`.
void append_condensed(std::string& out, std::string_view text, std::size_t limit) {
  if (out.size() >= limit) return;
  char last = out.empty() ? ' ' : out.back();
  const std::size_t begin = out.size();
  out.resize(begin + std::min(text.size(), limit - begin));
  char* to = out.data() + begin;
  char* const end = out.data() + out.size();
  for (const char c : text) {
    if (to == end) break;
    const char next = kWhite.has(c) ? ' ' : c;
    if (next == ' ' && last == ' ') continue;
    *to++ = last = next;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

std::string text_of(Octets message, const Part& part, std::size_t limit) {
  Part head = part;  // encodings at most triple the octets of the text
  head.body.end = std::min(head.body.end, head.body.begin + 4 * limit);
  std::string text = body_text(message, head).value;
  return part.type == "text/html" ? html_to_text(text, limit) : text;
}

// Recursion is bounded by kAttachedDepth.
void append_readable(std::string& out, Octets message, const Message& parsed, std::size_t limit, int depth) {
  for (const Part& part : parsed.parts) {
    if (out.size() >= limit) return;
    if (part.type.starts_with("text/")) {
      append_condensed(out, text_of(message, part, limit), limit);
      append_condensed(out, " ", limit);
    } else if (part.type == "message/rfc822" && depth < kAttachedDepth) {
      const std::string attached = decoded_body(message, part);
      const Message inner = parse_message(attached);
      if (const Field* subject = inner.header.last("Subject"))
        append_condensed(out, decode_text(subject->value), limit);
      append_condensed(out, " ", limit);
      append_readable(out, attached, inner, limit, depth + 1);
    }
  }
}

std::string folded_headers(const Header& header) {
  std::string out;
  for (const Field& field : header.fields) {
    if (out.size() >= kSearchedHeaderOctets) break;
    out += "\n" + search_fold(field.name) + ":" + search_fold(decode_text(field.value));
  }
  return out;
}

}  // namespace

std::string readable_text(Octets message, const Message& parsed, std::size_t limit) {
  std::string out;
  append_readable(out, message, parsed, limit, 0);
  if (out.ends_with(' ')) out.pop_back();
  return to_valid_utf8(out);
}

std::string search_fold(std::string_view text, std::size_t limit) {
  std::string condensed;
  append_condensed(condensed, text, limit);
  return to_valid_utf8(unicode_casemap(to_valid_utf8(condensed), limit));
}

SearchText search_text(Octets message, const Message& parsed) {
  return {folded_headers(parsed.header), search_fold(readable_text(message, parsed))};
}

}  // namespace waxseal::mime
