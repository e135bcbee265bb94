#include <algorithm>

#include "base/text.h"
#include "submit/submit.h"

namespace waxseal::submit {

namespace {

// RFC 5321 section 4.5.3.1.
constexpr std::size_t kMaxLocal = 64, kMaxDomain = 255, kMaxPath = 254;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxParameter = 500;

bool is_utf8_octet(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool is_alnum(char c) {
  return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}
bool is_atext(char c) {
  return is_alnum(c) || is_utf8_octet(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool valid_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.' || local.find("..") != local.npos) return false;
  return std::all_of(local.begin(), local.end(), [](char c) { return c == '.' || is_atext(c); });
}

bool valid_quoted(std::string_view local) {
  if (local.size() < 2 || local.front() != '"' || local.back() != '"') return false;
  local = local.substr(1, local.size() - 2);
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '"') return false;
    if (local[i] == '\\' && ++i == local.size()) return false;
    const auto octet = static_cast<unsigned char>(local[i]);
    if (octet < 0x20 || octet == 0x7f) return false;
  }
  return true;
}

bool valid_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-' || is_utf8_octet(c); });
}

bool valid_literal(std::string_view domain) {
  if (domain.size() < 4 || domain.front() != '[' || domain.back() != ']') return false;
  domain = domain.substr(1, domain.size() - 2);
  return std::all_of(domain.begin(), domain.end(), [](char c) { return is_alnum(c) || c == '.' || c == ':'; });
}

bool valid_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > kMaxDomain) return false;
  if (domain.front() == '[') return valid_literal(domain);
  while (true) {
    const std::size_t dot = domain.find('.');
    if (!valid_label(domain.substr(0, dot))) return false;
    if (dot == domain.npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

bool valid_address(std::string_view email) {
  const std::size_t at = email.rfind('@');
  if (at == email.npos || at == 0 || at > kMaxLocal || email.size() > kMaxPath || !valid_utf8(email)) return false;
  const std::string_view local = email.substr(0, at);
  return (local.front() == '"' ? valid_quoted(local) : valid_dot_string(local)) && valid_domain(email.substr(at + 1));
}

bool valid_parameter(std::string_view name, const std::optional<std::string>& value) {
  const bool keyword = !name.empty() && is_alnum(name.front()) &&
                       std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '-'; });
  if (!keyword || name.size() > kMaxParameter) return false;
  if (!value) return true;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (value->empty() || value->size() > kMaxParameter || std::any_of(value->begin(), value->end(), control))
    return false;
  if (ascii_iequals(name, "ENVID") || ascii_iequals(name, "ORCPT")) return is_ascii(*value);  // sent as xtext
  return value->find_first_of(" =") == std::string::npos && is_ascii(*value);
}

}  // namespace waxseal::submit
