// The common part of every Foo/changes (RFC 8620 section 5.2).
#pragma once

#include <string>

#include "jmapd/method.h"

namespace waxseal::jmapd {

// How many ids one answer holds at most if the client does not say, or asks for more.
inline constexpr std::size_t kMaxChanges = 1000;

struct ChangesRequest {
  std::string since;
  std::size_t max = kMaxChanges;
};
// Throws invalidArguments.
ChangesRequest read_changes(const Json& arguments);

struct ChangesAnswer {
  Json response;
  bool only_counts = false;  // Mailbox: nothing but the four counts changed
};

// Throws invalidArguments or cannotCalculateChanges.
ChangesAnswer answer_changes(Call& call, const Json& arguments, store::ObjectType type,
                             std::string (*wire)(std::int64_t));

// Id of the type as it is on the wire.
template <class Id>
std::string wire_id(std::int64_t value) {
  return to_wire(Id{value});
}

}  // namespace waxseal::jmapd
