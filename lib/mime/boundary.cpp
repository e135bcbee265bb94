#include "mime/boundary.h"

#include <algorithm>
#include <cstring>

namespace waxseal::mime {

namespace {

// First line that begins with "--" after the line break at or after `from`.  memmem of three octets runs at memory
// speed whatever the lines look like.
std::size_t next_dash_line(Octets body, std::size_t from) {
  const void* hit = memmem(body.data() + from, body.size() - from, "\n--", 3);
  return hit == nullptr ? Octets::npos : static_cast<std::size_t>(static_cast<const char*>(hit) - body.data()) + 1;
}

// First line at or after `from`, which begins a line, that begins with "--" and `boundary`.
std::size_t find_boundary_line(Octets body, std::size_t from, Octets boundary) {
  std::size_t line = body.substr(from).starts_with("--") ? from : next_dash_line(body, from);
  while (line != Octets::npos && !body.substr(line + 2).starts_with(boundary)) line = next_dash_line(body, line);
  return line;
}

std::size_t before_line_break(Octets body, std::size_t line) {
  if (line == 0) return 0;
  const std::size_t lf = line - 1;
  return lf > 0 && body[lf - 1] == '\r' ? lf - 1 : lf;
}

enum class Line { kOpen, kClose, kNeither };

// `rest` is the line behind --boundary: "--" or nothing, then white space that was added on the way.
Line classify(Octets rest) {
  const bool close = rest.starts_with("--");
  if (close) rest.remove_prefix(2);
  if (rest.find_first_not_of(" \t") != Octets::npos) return Line::kNeither;
  return close ? Line::kClose : Line::kOpen;
}

}  // namespace

BoundaryCursor::Stop BoundaryCursor::next() {
  const std::size_t begin = position_;
  while (true) {
    const std::size_t line = find_boundary_line(body_, position_, boundary_);
    if (line == Octets::npos) break;
    const std::size_t lf = body_.find('\n', line);
    const std::size_t text_end = lf == Octets::npos ? body_.size() : before_line_break(body_, lf + 1);
    position_ = lf == Octets::npos ? body_.size() : lf + 1;
    const std::size_t rest = line + 2 + boundary_.size();
    const Line kind = classify(body_.substr(rest, text_end - rest));
    if (kind == Line::kNeither) {
      ambiguous_ = true;
      continue;
    }
    content_ = {begin, std::max(begin, before_line_break(body_, line))};
    return kind == Line::kClose ? Stop::kCloseDelimiter : Stop::kDelimiter;
  }
  position_ = body_.size();
  content_ = {begin, body_.size()};
  return Stop::kEndOfBody;
}

}  // namespace waxseal::mime
