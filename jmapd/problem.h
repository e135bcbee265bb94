// Errors of a whole HTTP request as problem details (RFC 7807, RFC 8620 section 3.6.1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace waxseal::jmapd {

inline constexpr const char* kUnknownCapability = "urn:ietf:params:jmap:error:unknownCapability";
inline constexpr const char* kNotJson = "urn:ietf:params:jmap:error:notJSON";
inline constexpr const char* kNotRequest = "urn:ietf:params:jmap:error:notRequest";
inline constexpr const char* kLimit = "urn:ietf:params:jmap:error:limit";
inline constexpr const char* kBlank = "about:blank";  // the status says it all (RFC 7807 section 4.2)

struct Problem {
  int status = 500;
  std::string type = kBlank;
  std::string detail;
  std::string limit;  // kLimit: its name, as in the core capability

  nlohmann::json json() const;
};

}  // namespace waxseal::jmapd
