#include "lmtp/parameters.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::lmtp {

namespace {

char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
bool valid_keyword(std::string_view keyword) {
  const auto allowed = [](char c) { return ascii_digit(c) || (c >= 'A' && c <= 'Z') || c == '-'; };
  return !keyword.empty() && keyword.front() != '-' && std::all_of(keyword.begin(), keyword.end(), allowed);
}

// esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 by RFC 6531 section 3.3
bool valid_value(std::string_view value) {
  const auto allowed = [](char c) { return static_cast<unsigned char>(c) > 32 && c != '=' && c != 127; };
  return !value.empty() && std::all_of(value.begin(), value.end(), allowed);
}

std::optional<Parameter> parse_one(std::string_view word) {
  const auto equals = word.find('=');
  Parameter out;
  out.keyword = word.substr(0, equals);
  std::transform(out.keyword.begin(), out.keyword.end(), out.keyword.begin(), ascii_upper);
  if (!valid_keyword(out.keyword)) return std::nullopt;
  if (equals == std::string_view::npos) return out;
  out.value = word.substr(equals + 1);
  return valid_value(*out.value) ? std::optional(out) : std::nullopt;
}

}  // namespace

Result<std::vector<Parameter>> parse_parameters(std::string_view text) {
  std::vector<Parameter> out;
  while (!text.empty()) {
    if (!text.starts_with(' ')) return unexpected("space expected");
    text.remove_prefix(1);
    const std::string_view word = text.substr(0, text.find(' '));
    const auto parameter = parse_one(word);
    if (!parameter) return unexpected("parameter is not valid");
    const auto same = [&](const Parameter& other) { return other.keyword == parameter->keyword; };
    if (std::any_of(out.begin(), out.end(), same)) return unexpected("parameter is there twice");
    out.push_back(*parameter);
    text.remove_prefix(word.size());
  }
  return out;
}

}  // namespace waxseal::lmtp
