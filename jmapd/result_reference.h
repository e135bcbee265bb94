// References to the results of earlier calls (RFC 8620 section 3.7).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace waxseal::jmapd {

// What the resolved references of one request may add up to.  Core/echo of an echo of an echo, each naming the one
// before it twice, would double the answer with every call.
struct ReferenceBudget {
  std::size_t depth = 64;          // of a resolved value, as parse_json allows from the client
  std::size_t octets = 32u << 20;  // of memory, roughly, over all references of the request
  std::size_t kept = 32u << 20;    // the same of what is kept for them of earlier results
};

// The tokens of a JSON Pointer (RFC 6901).  Throws MethodError invalidResultReference.
std::vector<std::string> path_tokens(std::string_view path);

// The arguments with every "#name" replaced by the value that it refers to.  `responses` is the methodResponses array
// so far, or what KeptResults has of it.  Throws MethodError invalidResultReference, or invalidArguments when a name
// comes in both forms.
nlohmann::json resolve_references(nlohmann::json arguments, const nlohmann::json& responses, ReferenceBudget& budget);

}  // namespace waxseal::jmapd
