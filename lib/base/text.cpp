#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace waxseal {

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

bool ascii_iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

bool ascii_icontains(std::string_view haystack, std::string_view needle) {
  return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end(),
                     [](char x, char y) { return ascii_lower(x) == ascii_lower(y); }) != haystack.end();
}

namespace {

constexpr std::uint64_t kLowBits = 0x0101010101010101, kHighBits = 0x8080808080808080;

std::uint64_t eight_octets(const char* at) {
  std::uint64_t out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

}  // namespace

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  for (; text.size() >= sizeof seen; text.remove_prefix(sizeof seen)) seen |= eight_octets(text.data());
  for (const char c : text) seen |= static_cast<unsigned char>(c);
  return (seen & kHighBits) == 0;
}

std::size_t plain_run(Octets octets) {
  const char* const begin = octets.data();
  const char* const end = begin + octets.size();
  const char* at = begin;
  // An octet that is 0 or has its high bit has it set in one of the two.
  const auto plain = [](std::uint64_t eight) { return (((eight - kLowBits) | eight) & kHighBits) == 0; };
  while (end - at >= 8 && plain(eight_octets(at))) at += 8;
  while (at != end && static_cast<signed char>(*at) > 0) ++at;
  return static_cast<std::size_t>(at - begin);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string hex(Octets octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(octets.size() * 2);
  for (char c : octets) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

namespace {

int hex_value(char c) {
  if (ascii_digit(c)) return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string encode64(Octets octets, const char* alphabet, bool pad) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, octets.size() - i);
    unsigned word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < left ? static_cast<unsigned char>(octets[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= left)
        out += alphabet[word >> (18 - 6 * k) & 63];
      else if (pad)
        out += '=';
    }
  }
  return out;
}

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<signed char, 256> base64_values() {
  std::array<signed char, 256> table{};
  for (auto& value : table) value = -1;
  for (int i = 0; i < 64; ++i) table[static_cast<unsigned char>(kBase64[i])] = static_cast<signed char>(i);
  return table;
}

// Length of the well-formed UTF-8 sequence at the start of `text`, or 0 (RFC 3629 section 4).
std::size_t utf8_sequence(Octets text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const unsigned c = at(0);
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    const bool second = at(1) >= (c == 0xE0 ? 0xA0u : 0x80u) && at(1) <= (c == 0xED ? 0x9Fu : 0xBFu);
    return second && tail(2) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    const bool second = at(1) >= (c == 0xF0 ? 0x90u : 0x80u) && at(1) <= (c == 0xF4 ? 0x8Fu : 0xBFu);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

Result<std::string> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return unexpected("an odd number of hexadecimal digits");
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return unexpected("not a hexadecimal digit");
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string base64(Octets octets) {
  return encode64(octets, kBase64, true);
}
std::string base64url(Octets octets) {
  return encode64(octets, kBase64Url, false);
}

Result<std::string> unbase64(std::string_view text) {
  static constexpr auto kValues = base64_values();
  if (text.size() % 4 != 0) return unexpected("base64 text is not a multiple of four characters");
  std::size_t pad = 0;
  while (pad < 2 && pad < text.size() && text[text.size() - 1 - pad] == '=') ++pad;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  unsigned word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool padding = i >= text.size() - pad;
    const int value = padding ? 0 : kValues[static_cast<unsigned char>(text[i])];
    if (value < 0) return unexpected("not a base64 character");
    word = word << 6 | static_cast<unsigned>(value);
    if (i % 4 != 3) continue;
    out += static_cast<char>(word >> 16 & 255);
    out += static_cast<char>(word >> 8 & 255);
    out += static_cast<char>(word & 255);
    word = 0;
  }
  out.resize(out.size() - pad);
  return out;
}

bool valid_utf8(Octets octets) {
  while (!octets.empty()) {
    octets.remove_prefix(plain_run(octets));
    if (octets.empty()) break;
    const std::size_t length = utf8_sequence(octets);
    if (length == 0) return false;
    octets.remove_prefix(length);
  }
  return true;
}

std::string to_valid_utf8(Octets octets) {
  std::string out;
  out.reserve(octets.size());
  while (!octets.empty()) {
    const std::size_t plain = plain_run(octets);
    out += octets.substr(0, plain);
    octets.remove_prefix(plain);
    if (octets.empty()) break;
    const std::size_t length = octets[0] == '\0' ? 0 : utf8_sequence(octets);
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else
      out += octets.substr(0, length);
    octets.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

namespace {

bool needs_escape(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet >= 0x7F || c == '"' || c == '\\';
}

}  // namespace

std::string escape_for_log(Octets octets, std::size_t limit) {
  std::string out;
  out.reserve(std::min(octets.size(), limit));
  while (!octets.empty()) {
    if (out.size() >= limit) return out + "...";
    const Octets room = octets.substr(0, limit - out.size());
    const auto end = std::find_if(room.begin(), room.end(), needs_escape);
    const auto as_they_are = static_cast<std::size_t>(end - room.begin());
    out += room.substr(0, as_they_are);
    octets.remove_prefix(as_they_are);
    if (end == room.end()) continue;
    out += "\\x" + hex(octets.substr(0, 1));
    octets.remove_prefix(1);
  }
  return out;
}

}  // namespace waxseal
