// One GET from a daemon's monitor ([metrics]).
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace waxseal::cli {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// `address` as in the configuration.  At most kMostOctets and `patience` for each step; the error says what went wrong.
inline constexpr std::size_t kMostOctets = 4u << 20;
Result<HttpAnswer> http_get(const std::string& address, const std::string& path,
                            std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace waxseal::cli
