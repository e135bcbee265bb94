#include "delivery/envelope.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::delivery {

namespace {

bool is_utf8_octet(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

bool is_letter_or_digit(char c) {
  return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool is_atext(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return is_letter_or_digit(c) || is_utf8_octet(c) || kMarks.find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atext(c); });
}

// sub-domain; "_" is no letter of RFC 5321, but host names in envelopes have it.
bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelOctets && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return is_letter_or_digit(c) || is_utf8_octet(c) || c == '-' || c == '_'; });
}

bool valid_literal(std::string_view text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  const std::string_view content = text.substr(1, text.size() - 2);
  return std::all_of(content.begin(), content.end(),
                     [](char c) { return (c >= 33 && c <= 90) || (c >= 94 && c <= 126); });
}

// Takes the Local-part from the front of `text`; Quoted-string comes out unquoted.
Result<std::string> take_local_part(std::string_view& text) {
  if (!text.starts_with('"')) {
    const std::size_t length = std::min(text.find('@'), text.find('>'));
    const std::string_view local = text.substr(0, length);
    if (!is_dot_string(local)) return unexpected("local part is not a dot-string");
    text.remove_prefix(local.size());
    return std::string(local);
  }
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      if (out.empty()) return unexpected("local part is empty");
      return out;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    if (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7F) return unexpected("control character");
    out += text[i];
  }
  return unexpected("quoted local part does not end");
}

// A-d-l ":" of obsolete source routes, which "SHOULD be ignored" (RFC 5321 section 4.1.1.3).
bool skip_source_route(std::string_view& text) {
  if (!text.starts_with('@')) return true;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.substr(0, colon).find('>') != std::string_view::npos) return false;
  text.remove_prefix(colon + 1);
  return true;
}

std::string quote(std::string_view local) {
  std::string out = "\"";
  for (char c : local) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// What stands between "<" and ">", which ends up in `text`'s front.
Result<Address> take_mailbox(std::string_view& text, PathKind kind) {
  if (kind == PathKind::kReverse && text.starts_with('>')) return Address{};
  if (!skip_source_route(text)) return unexpected("source route does not end");
  Address address;
  auto local = take_local_part(text);
  if (!local) return unexpected(local.error());
  address.local = *std::move(local);
  if (kind == PathKind::kForward && text.starts_with('>') && ascii_iequals(address.local, "postmaster")) return address;
  if (!text.starts_with('@')) return unexpected("domain is missing");
  text.remove_prefix(1);
  address.domain = text.substr(0, text.find('>'));
  if (!valid_domain(address.domain)) return unexpected("domain is not valid");
  text.remove_prefix(address.domain.size());
  return address;
}

}  // namespace

bool valid_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > kMaxDomainOctets || !valid_utf8(domain)) return false;
  if (domain.front() == '[') return valid_literal(domain);
  for (;;) {
    const auto dot = domain.find('.');
    if (!valid_label(domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

bool Address::ascii() const {
  return is_ascii(local) && is_ascii(domain);
}

std::string Address::text() const {
  if (null()) return {};
  const std::string left = is_dot_string(local) ? local : quote(local);
  return domain.empty() ? left : left + '@' + domain;
}

Result<Path> parse_path(std::string_view text, PathKind kind) {
  if (!text.starts_with('<')) return unexpected("path does not begin with <");
  std::string_view rest = text.substr(1);
  auto address = take_mailbox(rest, kind);
  if (!address) return unexpected(address.error());
  if (!rest.starts_with('>')) return unexpected("path does not end with >");
  const std::string written = address->text();
  if (written.size() > kMaxAddressOctets) return unexpected("address is too long");
  if (!valid_utf8(written)) return unexpected("address is not UTF-8");
  return Path{*std::move(address), rest.substr(1)};
}

}  // namespace waxseal::delivery
