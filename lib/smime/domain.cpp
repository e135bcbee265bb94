#include "smime/domain.h"

#include <idn2.h>

#include <algorithm>

#include "base/text.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kMaxDomain = 255;
constexpr std::size_t kMaxLabel = 63;

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || ascii_digit(c) || c == '-' || c == '_';  // "_": not a host name, but in use
}

bool is_literal_char(char c) {
  return c > 0x20 && c < 0x7F && c != '[' && c != ']' && c != '\\';
}

std::optional<std::string> ascii_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel) return std::nullopt;
  std::string lower = ascii_lower(label);
  if (!std::all_of(lower.begin(), lower.end(), is_host_char)) return std::nullopt;
  return lower;
}

// IDN2_NO_TR46: no mapping, so that no two spellings are equated by a table that the sender's software may not share.
std::optional<std::string> encoded_label(std::string_view label) {
  if (label.size() > kMaxDomain) return std::nullopt;
  const std::string lower = ascii_lower(label);
  std::uint8_t* out = nullptr;
  const int result =
      idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(lower.c_str()), &out, IDN2_NO_TR46 | IDN2_NFC_INPUT);
  if (result != IDN2_OK) return std::nullopt;
  const std::string ascii = reinterpret_cast<const char*>(out);
  idn2_free(out);
  return ascii_label(ascii);
}

}  // namespace

std::optional<std::string> comparable_domain(std::string_view domain) {
  if (domain.empty() || domain.find('\0') != domain.npos) return std::nullopt;
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
    const std::string_view inside = domain.substr(1, domain.size() - 2);
    if (!std::all_of(inside.begin(), inside.end(), is_literal_char)) return std::nullopt;
    return std::string(domain);
  }
  std::string out;
  for (std::size_t begin = 0; begin <= domain.size();) {
    const std::size_t end = std::min(domain.find('.', begin), domain.size());
    const std::string_view label = domain.substr(begin, end - begin);
    const auto ascii = is_ascii(label) ? ascii_label(label) : encoded_label(label);
    if (!ascii) return std::nullopt;
    if (!out.empty()) out += '.';
    out += *ascii;
    if (out.size() > kMaxDomain) return std::nullopt;
    begin = end + 1;
  }
  return out;
}

}  // namespace waxseal::smime
