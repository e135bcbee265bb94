// Answers that several routes give.
#pragma once

#include "jmapd/answer.h"
#include "jmapd/http/message.h"
#include "jmapd/problem.h"

namespace waxseal::jmapd {

// "application/problem+json" (RFC 7807), never cached.
http::Response problem_reply(const Problem&);
// "application/json", never cached (RFC 8620 section 2).
http::Response json_reply(const nlohmann::json&);
http::Response json_reply(Answer&&);
http::Response text_reply(int status, std::string text);

}  // namespace waxseal::jmapd
