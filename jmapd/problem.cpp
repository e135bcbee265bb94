#include "jmapd/problem.h"

namespace waxseal::jmapd {

nlohmann::json Problem::json() const {
  nlohmann::json out = {{"type", type}, {"status", status}, {"detail", detail}};
  if (!limit.empty()) out["limit"] = limit;
  return out;
}

}  // namespace waxseal::jmapd
