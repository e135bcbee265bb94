#include "mime/multipart.h"

#include <algorithm>

#include "mime/boundary.h"

namespace waxseal::mime {

namespace {
constexpr std::size_t kMaxBoundary = 200;  // RFC 2046 says 70; BYT-5 tolerates more
}

bool valid_boundary(Octets boundary) {
  return !boundary.empty() && boundary.size() <= kMaxBoundary && boundary.back() != ' ' &&
         std::ranges::all_of(boundary, [](char c) { return c >= ' ' && c < 0x7F; });
}

Multipart split_multipart(Octets body, Octets boundary, std::size_t max_parts) {
  Multipart out{.preamble = {0, body.size()}, .epilogue = {body.size(), body.size()}};
  std::optional<std::size_t> open;  // where the current part begins
  std::size_t content = 0;          // where the content that the next delimiter ends begins
  std::size_t from = 0;
  while (const auto found = find_delimiter(body, from, boundary)) {
    from = found->after;
    if (found->kind == DelimiterKind::kPrefix) {
      out.ambiguous = true;
      continue;
    }
    const std::size_t end = std::max(content, found->content_end);
    if (open)
      out.parts.push_back({*open, end});
    else
      out.preamble = {0, end};
    if (found->kind == DelimiterKind::kClose) {
      out.closed = true;
      out.epilogue = {found->after, body.size()};
      return out;
    }
    if (out.parts.size() >= max_parts) {
      out.limit_exceeded = true;
      return out;
    }
    open = content = found->after;
  }
  if (open) out.parts.push_back({*open, body.size()});
  return out;
}

}  // namespace waxseal::mime
