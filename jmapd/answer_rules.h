// How large an answer may become, and where it waits.
#pragma once

#include <cstddef>
#include <string>

namespace waxseal::jmapd {

struct AnswerRules {
  std::size_t most_octets = 256'000'000;  // a call that would make more of it fails
  std::string directory = "/var/tmp";     // of what is not held in memory
};

}  // namespace waxseal::jmapd
