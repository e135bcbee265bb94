// Where pushes may go beside the https URLs of the Internet.
#pragma once

#include <string>
#include <vector>

namespace waxseal::jmapd {

struct PushRules {
  // Beginnings of URLs that are pushed to wherever they lead and without TLS: a push service of one's own.
  std::vector<std::string> allow = {};
};

}  // namespace waxseal::jmapd
