#include "authres/lexer.h"

namespace waxseal::authres {

namespace {

bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

bool is_token_char(char c) {
  constexpr std::string_view kTspecials = "()<>@,;:\\\"/[]?=";
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && kTspecials.find(c) == std::string_view::npos;
}

bool Lexer::skip_cfws() {
  int depth = 0;
  while (!rest_.empty()) {
    const char c = rest_.front();
    if (depth == 0 && !is_white(c) && c != '(') return true;
    if (depth > 0 && c == '\\') {
      if (rest_.size() < 2) return false;
      rest_.remove_prefix(1);
    } else if (c == '(') {
      if (++depth > kCommentDepth) return false;
    } else if (c == ')') {
      --depth;
    }
    rest_.remove_prefix(1);
  }
  return depth == 0;
}

std::optional<std::string> Lexer::quoted_string() {
  std::string out;
  rest_.remove_prefix(1);
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') return out;
    if (c == '\r' || c == '\n') continue;  // a fold is not part of the value
    if (c != '\\') {
      out += c;
    } else if (!rest_.empty()) {
      out += rest_.front();
      rest_.remove_prefix(1);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Lexer::value() {
  if (!rest_.empty() && rest_.front() == '"') return quoted_string();
  std::size_t length = 0;
  while (length < rest_.size() && is_token_char(rest_[length])) ++length;
  if (length == 0) return std::nullopt;
  std::string out(rest_.substr(0, length));
  rest_.remove_prefix(length);
  return out;
}

bool Lexer::take(char expected) {
  if (rest_.empty() || rest_.front() != expected) return false;
  rest_.remove_prefix(1);
  return true;
}

}  // namespace waxseal::authres
