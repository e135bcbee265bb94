#include "support/der.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace waxseal::test::der {

namespace {

std::string length(std::size_t size) {
  if (size < 0x80) return {static_cast<char>(size)};
  std::string octets;
  for (; size > 0; size >>= 8) octets.insert(octets.begin(), static_cast<char>(size & 0xff));
  return static_cast<char>(0x80 | octets.size()) + octets;
}

std::string base128(std::uint64_t value) {
  std::string out(1, static_cast<char>(value & 0x7f));
  while (value >>= 7) out.insert(out.begin(), static_cast<char>(0x80 | (value & 0x7f)));
  return out;
}

}  // namespace

std::string tlv(unsigned char tag, std::string_view content) {
  return static_cast<char>(tag) + length(content.size()) + std::string(content);
}

std::string indefinite(unsigned char tag, std::string_view content) {
  return static_cast<char>(tag) + std::string("\x80") + std::string(content) + std::string(2, '\0');
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += part;
  return out;
}

std::string sequence(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out += part;
  return tlv(0x30, out);
}
std::string sequence(const std::vector<std::string>& parts) {
  return tlv(0x30, join(parts));
}
std::string set(const std::vector<std::string>& parts) {
  return tlv(0x31, join(parts));
}
std::string set_of(std::vector<std::string> parts) {
  std::ranges::sort(parts, [](std::string_view a, std::string_view b) { return a < b; });
  return set(parts);
}
std::string explicit_tag(unsigned number, std::string_view content) {
  return tlv(static_cast<unsigned char>(0xa0 | number), content);
}
std::string implicit_tag(unsigned number, std::string_view content) {
  return tlv(static_cast<unsigned char>(0x80 | number), content);
}

std::string oid(std::string_view dotted) {
  std::vector<std::uint64_t> arcs;
  for (const char* at = dotted.data(); at < dotted.data() + dotted.size();) {
    std::uint64_t arc = 0;
    at = std::from_chars(at, dotted.data() + dotted.size(), arc).ptr + 1;
    arcs.push_back(arc);
  }
  std::string content = base128(arcs.at(0) * 40 + arcs.at(1));
  for (std::size_t i = 2; i < arcs.size(); ++i) content += base128(arcs[i]);
  return tlv(0x06, content);
}

std::string integer(std::int64_t value) {
  std::string content;
  do {
    content.insert(content.begin(), static_cast<char>(value & 0xff));
    value >>= 8;
  } while (value != 0 && value != -1);
  const bool negative = value < 0;
  if (((content.front() & 0x80) != 0) != negative) content.insert(content.begin(), negative ? '\xff' : '\0');
  return tlv(0x02, content);
}
std::string integer_octets(std::string_view octets) {
  return tlv(0x02, octets);
}
std::string boolean(bool value) {
  return tlv(0x01, value ? "\xff" : std::string_view("\0", 1));
}
std::string null() {
  return tlv(0x05, "");
}
std::string octet_string(std::string_view octets) {
  return tlv(0x04, octets);
}
std::string bit_string(std::string_view octets, unsigned unused_bits) {
  return tlv(0x03, static_cast<char>(unused_bits) + std::string(octets));
}
std::string utf8_string(std::string_view text) {
  return tlv(0x0c, text);
}
std::string ia5_string(std::string_view text) {
  return tlv(0x16, text);
}

std::string time(Time when) {
  std::string digits;
  for (const char c : format_utc_date(when))
    if (ascii_digit(c)) digits += c;
  const bool general = digits >= "2050";
  return tlv(general ? 0x18 : 0x17, (general ? digits : digits.substr(2)) + "Z");
}

std::string segmented_octets(unsigned char tag, std::string_view octets, std::size_t segment) {
  std::string content;
  for (; !octets.empty(); octets.remove_prefix(std::min(segment, octets.size())))
    content += octet_string(octets.substr(0, segment));
  return indefinite(tag, content);
}

std::string algorithm(std::string_view oid_dotted) {
  return sequence({oid(oid_dotted)});
}
std::string algorithm(std::string_view oid_dotted, std::string_view parameters) {
  return sequence({oid(oid_dotted), parameters});
}

}  // namespace waxseal::test::der
