// The head of an HTTP/1.1 request: read strictly, so that no proxy in front of us can have read it otherwise (rule
// R26).
#pragma once

#include <string_view>

#include "base/result.h"
#include "jmapd/http/message.h"

namespace waxseal::jmapd::http {

inline constexpr std::size_t kMaxHead = 32 * 1024;  // octets, with the request line
inline constexpr std::size_t kMaxFields = 100;
inline constexpr std::size_t kMaxTarget = 8000;  // RFC 9112 section 3 recommends this much at least; httplib takes 8192

enum class BodyKind { kNone, kLength, kChunked };

struct Head {
  Request request;  // without body and source
  BodyKind body = BodyKind::kNone;
  std::size_t content_length = 0;
  bool expect_continue = false;
  bool keep_alive = false;
};

// Octets of the head in front of `buffer`, including its empty line; npos while that has not come.
std::size_t head_size(std::string_view buffer);

// `head` ends with the empty line.
Result<Head, Refusal> parse_head(std::string_view head);

}  // namespace waxseal::jmapd::http
