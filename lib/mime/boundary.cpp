#include "mime/boundary.h"

#include <cstring>

namespace waxseal::mime {

namespace {

// First line that begins with "--" after the line break at or after `from`.  memmem of three octets runs at memory
// speed whatever the lines look like.
std::size_t next_dash_line(Octets body, std::size_t from) {
  const void* hit = memmem(body.data() + from, body.size() - from, "\n--", 3);
  return hit == nullptr ? Octets::npos : static_cast<std::size_t>(static_cast<const char*>(hit) - body.data()) + 1;
}

std::size_t before_line_break(Octets body, std::size_t line) {
  if (line == 0) return 0;
  const std::size_t lf = line - 1;
  return lf > 0 && body[lf - 1] == '\r' ? lf - 1 : lf;
}

DelimiterKind classify(Octets rest) {
  const bool close = rest.starts_with("--");
  if (close) rest.remove_prefix(2);
  const std::size_t end = rest.find_first_not_of(" \t");
  if (end != Octets::npos) return DelimiterKind::kPrefix;
  return close ? DelimiterKind::kClose : DelimiterKind::kOpen;
}

// Precondition: a line begins at `line` with "--" and `boundary`.
Delimiter read_delimiter(Octets body, std::size_t line, Octets boundary) {
  const std::size_t lf = body.find('\n', line);
  const std::size_t after = lf == Octets::npos ? body.size() : lf + 1;
  std::size_t text_end = lf == Octets::npos ? body.size() : lf;
  if (lf != Octets::npos && body[lf - 1] == '\r') --text_end;
  const std::size_t rest = line + 2 + boundary.size();
  return {classify(body.substr(rest, text_end - rest)), before_line_break(body, line), after};
}

}  // namespace

std::optional<Delimiter> find_delimiter(Octets body, std::size_t from, Octets boundary) {
  std::size_t line = body.substr(from).starts_with("--") ? from : next_dash_line(body, from);
  while (line != Octets::npos && !body.substr(line + 2).starts_with(boundary)) line = next_dash_line(body, line);
  if (line == Octets::npos) return std::nullopt;
  return read_delimiter(body, line, boundary);
}

}  // namespace waxseal::mime
