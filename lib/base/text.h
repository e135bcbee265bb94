// Small text operations that are the same everywhere: ASCII only, never the locale.
#pragma once

#include <string>
#include <string_view>

#include "base/octets.h"
#include "base/result.h"

namespace waxseal {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
constexpr bool ascii_digit(char c) {
  return c >= '0' && c <= '9';
}
std::string ascii_lower(std::string_view text);
bool ascii_iequals(std::string_view a, std::string_view b);
bool ascii_icontains(std::string_view haystack, std::string_view needle);
bool is_ascii(std::string_view text);
// How many octets from 0x01 to 0x7F it begins with: nearly all of nearly every text, which so need no further look.
std::size_t plain_run(Octets octets);

std::string_view trim(std::string_view text);  // SP, TAB, CR, LF at both ends

std::string hex(Octets octets);  // lower case
Result<std::string> unhex(std::string_view text);

std::string base64(Octets octets);                    // RFC 4648 section 4, padded
std::string base64url(Octets octets);                 // RFC 4648 section 5, no padding
Result<std::string> unbase64(std::string_view text);  // strict: alphabet and padding; no white space

bool valid_utf8(Octets octets);
// Every ill-formed sequence and NUL becomes U+FFFD.
std::string to_valid_utf8(Octets octets);

// For one log value: control octets, DEL, quotes and 8-bit octets as \xNN, cut to `limit` octets (rule R37).
std::string escape_for_log(Octets octets, std::size_t limit = 200);

}  // namespace waxseal
