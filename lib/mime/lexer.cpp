#include "mime/lexer.h"

#include "base/text.h"

namespace waxseal::mime {

namespace {

constexpr bool alphanumeric(char c) {
  return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

constexpr OctetSet kAtext([](char c) {
  return alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80 ||
         (c != '\0' && std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos);
});

constexpr OctetSet kTokenChars([](char c) {
  return c > ' ' && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
});

}  // namespace

bool is_atext(char c) {
  return kAtext.has(c);
}

bool is_token_char(char c) {
  return kTokenChars.has(c);
}

bool Lexer::accept(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool Lexer::skip_cfws() {
  while (!at_end()) {
    if (peek() == ' ' || peek() == '\t')
      ++at_;
    else if (peek() != '(')
      return true;
    else if (!comment())
      return false;
  }
  return true;
}

bool Lexer::comment() {
  std::string content;
  int depth = 0;
  for (; !at_end(); ++at_) {
    char c = text_[at_];
    if (is_control(c)) break;
    if (c == '(' && ++depth == 1) continue;
    if (c == ')' && --depth == 0) {
      ++at_;
      comment_ = std::move(content);
      return true;
    }
    if (depth > kMaxCommentDepth) break;
    if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
    content += c;
  }
  at_ = text_.size();
  return false;
}

std::optional<std::string> Lexer::quoted_string() {
  std::string content;
  for (++at_; !at_end(); ++at_) {
    char c = text_[at_];
    if (c == '"') {
      ++at_;
      return content;
    }
    if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
    if (is_control(c)) return std::nullopt;
    content += c;
  }
  return std::nullopt;
}

}  // namespace waxseal::mime
