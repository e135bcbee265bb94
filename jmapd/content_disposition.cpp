#include "jmapd/content_disposition.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kMaxName = 200;  // octets; file systems take 255
constexpr const char* kUnknownType = "application/octet-stream";

bool ascii_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// Well-formed UTF-8 without control characters and path separators, cut between characters.
std::string safe_name(std::string_view name) {
  std::string out;
  for (const char c : to_valid_utf8(name)) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet == 0x7F || c == '/' || c == '\\' ? '_' : c;
  }
  if (out.size() > kMaxName) {
    std::size_t end = kMaxName;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
  }
  return out.empty() || out == "." || out == ".." ? "download" : out;
}

// For clients that know no filename*: ASCII only, and no octet that any of them reads as more than itself.
std::string ascii_fallback(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // one "_" per character
    out +=
        ascii_digit(c) || ascii_letter(c) || std::string_view(" !#$&()+,-.=@[]^_{}").find(c) != std::string_view::npos
            ? c
            : '_';
  }
  return out;
}

std::string extended_value(std::string_view name) {  // ext-value of RFC 8187 section 3.2.1
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "UTF-8''";
  for (const char c : name) {
    const auto octet = static_cast<unsigned char>(c);
    if (ascii_digit(c) || ascii_letter(c) || std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[octet >> 4], kHex[octet & 0x0F]};
    }
  }
  return out;
}

bool is_restricted_name(std::string_view text) {  // RFC 6838 section 4.2
  const auto allowed = [](char c) {
    return ascii_digit(c) || ascii_letter(c) || std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 127 && (ascii_digit(text[0]) || ascii_letter(text[0])) &&
         std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

std::string content_disposition(std::string_view name) {
  const std::string safe = safe_name(name);
  return "attachment; filename=\"" + ascii_fallback(safe) + "\"; filename*=" + extended_value(safe);
}

std::string download_type(std::string_view asked) {
  const std::size_t semicolon = std::min(asked.find(';'), asked.size());
  const std::string_view type = trim(asked.substr(0, semicolon));
  const std::size_t slash = type.find('/');
  if (slash == type.npos || !is_restricted_name(type.substr(0, slash)) || !is_restricted_name(type.substr(slash + 1))) {
    return kUnknownType;
  }
  if (semicolon == asked.size()) return ascii_lower(type);
  const std::string_view parameter = trim(asked.substr(semicolon + 1));
  constexpr std::string_view kCharset = "charset=";
  if (!ascii_iequals(parameter.substr(0, kCharset.size()), kCharset)) return kUnknownType;
  const std::string_view charset = parameter.substr(kCharset.size());
  if (!is_restricted_name(charset)) return kUnknownType;
  return ascii_lower(type) + "; charset=" + std::string(charset);
}

}  // namespace waxseal::jmapd
