#include "base/text.h"
#include "mime/header.h"
#include "mime/lexer.h"
#include "mime/message.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

// Precondition: behind "<".  White space within is obsolete (RFC 5322 section 4.5.4) and goes away.
std::optional<std::string> read_id(Lexer& lexer) {
  std::string id;
  while (lexer.skip_cfws() && !lexer.at_end()) {
    if (lexer.accept('>')) return id.empty() ? std::nullopt : std::optional(id);
    const std::size_t begin = lexer.position();
    if (lexer.peek() == '"') {
      if (!lexer.quoted_string()) return std::nullopt;
    } else if (lexer.run([](char c) { return c != ' ' && c != '\t' && c != '"' && c != '<' && c != '>' && c != '('; })
                   .empty()) {
      return std::nullopt;
    }
    id += lexer.since(begin);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> parse_message_ids(Octets raw_value) {
  const std::string text = unfold(raw_value);
  if (strip_controls(text).size() != text.size()) return std::nullopt;
  Lexer lexer(text);
  std::vector<std::string> ids;
  while (lexer.skip_cfws()) {
    if (lexer.at_end()) return ids.empty() ? std::nullopt : std::optional(std::move(ids));
    if (!lexer.accept('<')) return std::nullopt;
    auto id = read_id(lexer);
    if (!id) return std::nullopt;
    ids.push_back(to_valid_utf8(*id));
  }
  return std::nullopt;
}

}  // namespace waxseal::mime
