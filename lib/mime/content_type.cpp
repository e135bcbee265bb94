#include "mime/content_type.h"

#include <algorithm>

#include "base/text.h"
#include "mime/lexer.h"
#include "mime/parameters.h"

namespace waxseal::mime {

namespace {

const Parameter* find_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

// A token with CFWS around it, in lower case; nullopt: none, or a broken comment.
std::optional<std::string> read_token(Lexer& lexer) {
  if (!lexer.skip_cfws()) return std::nullopt;
  const Octets token = lexer.run(is_token_char);
  if (token.empty() || !lexer.skip_cfws()) return std::nullopt;
  return ascii_lower(token);
}

}  // namespace

const Parameter* ContentType::parameter(std::string_view name) const {
  return find_parameter(parameters, name);
}
const Parameter* Disposition::parameter(std::string_view name) const {
  return find_parameter(parameters, name);
}

bool ContentType::is(std::string_view full) const {
  return full.size() == type.size() + 1 + subtype.size() && full.starts_with(type) && full[type.size()] == '/' &&
         full.ends_with(subtype);
}

ContentType parse_content_type(Octets raw_value) {
  const std::string text = unfold(raw_value);
  Lexer lexer(text);
  ContentType out{.syntax = Syntax::kInvalid};
  const auto type = read_token(lexer);
  if (!type || !lexer.accept('/')) return out;
  const auto subtype = read_token(lexer);
  if (!subtype) return out;
  out.type = *type;
  out.subtype = *subtype;
  out.syntax = read_parameters(lexer, out.parameters);
  return out;
}

Disposition parse_disposition(Octets raw_value) {
  const std::string text = unfold(raw_value);
  Lexer lexer(text);
  Disposition out{.syntax = Syntax::kInvalid};
  const auto type = read_token(lexer);
  if (!type) return out;
  out.type = *type;
  out.syntax = read_parameters(lexer, out.parameters);
  return out;
}

std::string transfer_encoding(const Header& header) {
  const auto fields = header.all("Content-Transfer-Encoding");
  if (fields.empty()) return "7bit";
  if (fields.size() > 1) return {};
  const std::string text = unfold(fields.front()->value);
  Lexer lexer(text);
  const auto token = read_token(lexer);
  return token && lexer.at_end() ? *token : std::string();
}

}  // namespace waxseal::mime
