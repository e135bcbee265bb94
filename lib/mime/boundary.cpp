#include "mime/boundary.h"

#include <algorithm>

#include "base/passes.h"

namespace waxseal::mime {

namespace {

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

constexpr std::size_t kMaxUsableBoundary = 2048;

}  // namespace

bool usable_boundary(Octets boundary) {
  return !boundary.empty() && boundary.size() <= kMaxUsableBoundary && boundary.back() != ' ' &&
         std::ranges::all_of(boundary, [](char c) { return c >= ' ' && c < 0x7F; });
}

BoundaryCursor::BoundaryCursor(Octets body, Octets boundary)
    : body_(body), line_break_and_boundary_("\n--" + std::string(boundary)) {}

std::size_t BoundaryCursor::boundary_line() const {
  const Octets needle = line_break_and_boundary_;
  if (body_.substr(position_).starts_with(needle.substr(1))) return position_;
  const std::size_t line_break = find_octets(body_, needle, position_);
  return line_break == Octets::npos ? Octets::npos : line_break + 1;
}

BoundaryCursor::Stop BoundaryCursor::next() {
  const std::size_t begin = position_;
  while (true) {
    const std::size_t line = boundary_line();
    if (line == Octets::npos) break;
    const std::size_t lf = body_.find('\n', line);
    const std::size_t text_end = lf == Octets::npos ? body_.size() : before_line_break(body_, lf + 1);
    position_ = lf == Octets::npos ? body_.size() : lf + 1;
    const std::size_t rest = line + line_break_and_boundary_.size() - 1;
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
