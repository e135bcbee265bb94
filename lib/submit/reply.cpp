#include "submit/reply.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace waxseal::submit {

namespace {

constexpr std::size_t kMaxText = 2000;

std::string printable(const std::string& line) {
  std::string out = to_valid_utf8(line);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

// "550 5.7.1 " of "550 5.7.1 Our system": what later lines repeat.
std::size_t prefix_size(const std::string& line) {
  if (line.size() < 4) return line.size();
  const std::size_t space = line.find(' ', 4);
  const std::string_view status = std::string_view(line).substr(4, space == line.npos ? line.npos : space - 4);
  const bool enhanced = status.size() >= 5 && ascii_digit(status[0]) && status[1] == '.' &&
                        std::all_of(status.begin(), status.end(), [](char c) { return ascii_digit(c) || c == '.'; });
  return enhanced && space != line.npos ? space + 1 : 4;
}

}  // namespace

Reply read_reply(const std::vector<std::string>& lines) {
  Reply out;
  if (lines.empty()) return out;
  std::from_chars(lines[0].data(), lines[0].data() + std::min<std::size_t>(3, lines[0].size()), out.code);
  std::string prefix;
  for (const std::string& raw : lines) {
    std::string line = printable(raw);
    if (line.size() > 3) line[3] = ' ';
    if (out.text.empty()) {
      prefix = line.substr(0, prefix_size(line));
      out.text = line;
      continue;
    }
    const bool repeats = line.starts_with(prefix);
    out.text += ' ' + line.substr(repeats ? prefix.size() : std::min<std::size_t>(4, line.size()));
  }
  if (out.text.size() > kMaxText) out.text = to_valid_utf8(out.text.substr(0, kMaxText));
  return out;
}

}  // namespace waxseal::submit
