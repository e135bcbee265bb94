#include "cli/output.h"

#include <algorithm>
#include <ostream>

#include "base/text.h"

namespace waxseal::cli {

std::string printable(std::string_view text) {
  std::string out;
  const std::string utf8 = to_valid_utf8(text);
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto octet = static_cast<unsigned char>(utf8[i]);
    // C1 controls are U+0080..U+009F: 0xC2 and an octet below 0xA0.
    const bool c1 = octet == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0;
    if (octet >= 0x20 && octet != 0x7F && !c1) {
      out += utf8[i];
      continue;
    }
    if (c1) ++i;
    out += "\\x" + hex(std::string_view(utf8).substr(i, 1));
  }
  return out;
}

std::string printable_text(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return printable(text);
  return printable(text.substr(0, end)) + '\n' + printable_text(text.substr(end + 1));
}

std::string without_password(std::string url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) {
    const std::size_t user = scheme + 3, at = url.find('@', user), colon = url.find(':', user);
    if (at != std::string::npos && colon < at) url.replace(colon, at - colon, ":***");
  }
  if (const std::size_t word = url.find("password="); word != std::string::npos) {
    const std::size_t value = word + 9;
    url.replace(value, std::min(url.find_first_of(" &", value), url.size()) - value, "***");
  }
  return url;
}

namespace {

// Code points; a column of East Asian text may still be wider than it counts.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void print_row(std::ostream& out, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line += std::string(widths[i] - width(cells[i]) + 2, ' ');
  }
  out << line << '\n';
}

}  // namespace

void print_columns(std::ostream& out, const std::vector<std::string>& heading,
                   const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < heading.size(); ++i) {
    widths.push_back(width(heading[i]));
    for (const auto& row : rows) widths[i] = std::max(widths[i], width(row[i]));
  }
  print_row(out, heading, widths);
  for (const auto& row : rows) print_row(out, row, widths);
}

void print_json(std::ostream& out, const Json& value) {
  out << value.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string coloured(bool enabled, Colour colour, std::string_view text) {
  constexpr std::string_view kStart[] = {"\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[1m"};
  if (!enabled) return std::string(text);
  return std::string(kStart[static_cast<int>(colour)]) + std::string(text) + "\x1b[0m";
}

}  // namespace waxseal::cli
