#include "mime/multipart.h"

#include "mime/boundary.h"

namespace waxseal::mime {

namespace {
constexpr std::size_t kMaxBoundary = 200;  // RFC 2046 says 70; BYT-5 tolerates more
}

bool valid_boundary(Octets boundary) {
  return boundary.size() <= kMaxBoundary && usable_boundary(boundary);
}

Multipart split_multipart(Octets body, Octets boundary, std::size_t max_parts) {
  using Stop = BoundaryCursor::Stop;
  BoundaryCursor cursor(body, boundary);
  Multipart out{.epilogue = {body.size(), body.size()}};
  Stop stop = cursor.next();
  out.preamble = cursor.content();
  while (stop == Stop::kDelimiter && out.parts.size() < max_parts) {
    stop = cursor.next();
    out.parts.push_back(cursor.content());
  }
  out.limit_exceeded = stop == Stop::kDelimiter;
  out.closed = stop == Stop::kCloseDelimiter;
  if (out.closed) out.epilogue = {cursor.position(), body.size()};
  out.ambiguous = cursor.ambiguous();
  return out;
}

}  // namespace waxseal::mime
