// References to the results of earlier calls (RFC 8620 section 3.7).
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace waxseal::jmapd {

// What the resolved references of one request may add up to.  Core/echo of an echo of an echo, each naming the one
// before it twice, would double the answer with every call.
struct ReferenceBudget {
  std::size_t depth = 64;          // of a resolved value, as parse_json allows from the client
  std::size_t octets = 32u << 20;  // of memory, roughly, over all references of the request
};

// The arguments with every "#name" replaced by the value that it refers to.  `responses` is the methodResponses array
// so far.  Throws MethodError invalidResultReference, or invalidArguments when a name comes in both forms.
nlohmann::json resolve_references(nlohmann::json arguments, const nlohmann::json& responses, ReferenceBudget& budget);

}  // namespace waxseal::jmapd
