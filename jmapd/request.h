// One API request (RFC 8620 section 3): from the body to the response object.
#pragma once

#include <string>
#include <vector>

#include "jmapd/answer.h"
#include "jmapd/method.h"
#include "jmapd/problem.h"

namespace waxseal::jmapd {

// What stands still while the program runs.
struct Engine {
  store::Database& database;
  const Clock& clock;
  Limits limits;
  const std::vector<MethodRow>& methods;
  std::set<std::string, std::less<>> capabilities;  // that `using` may name: the keys of Session.capabilities
  reverify::Freshness* freshness = nullptr;
  delivery::Pipeline* pipeline = nullptr;
};

// What one request brings.
struct Caller {
  const store::Principal& principal;
  std::string session_state;
  std::string language = "en";
};

// The response object as octets, or why the request as a whole is refused (section 3.6.1).  What goes wrong inside a
// method is an "error" response in the former.
Result<Answer, Problem> process_request(const Engine&, const Caller&, std::string_view body);

}  // namespace waxseal::jmapd
