// JSON from the network: I-JSON (RFC 7493) within limits, checked while it is read (rule R28).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace waxseal::jmapd {

struct JsonLimits {
  std::size_t depth = 64;         // of arrays and objects; nlohmann's dump() recurses
  std::size_t nodes = 1'000'000;  // values and keys: a `[` costs 37 octets of memory, an object much more
};

// Refuses what is not I-JSON: ill-formed UTF-8, noncharacters, a name twice in one object, integers beyond 2^53-1,
// numbers beyond a double, anything after the value.  The error is one sentence for the client.
Result<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace waxseal::jmapd
