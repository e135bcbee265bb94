#include "jmapd/replies.h"

#include "jmapd/json_writer.h"

namespace waxseal::jmapd {
namespace {

http::Response uncached(int status, std::string type, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = std::move(type);
  response.body = std::move(body);
  response.with("Cache-Control", "no-cache, no-store, must-revalidate");
  return std::move(response.with("X-Content-Type-Options", "nosniff"));
}

}  // namespace

http::Response problem_reply(const Problem& problem) {
  return uncached(problem.status, "application/problem+json", serialise(problem.json()));
}

http::Response json_reply(const nlohmann::json& value) {
  return uncached(200, "application/json", serialise(value));
}

http::Response json_reply(Answer&& answer) {
  http::Response response = uncached(200, "application/json", "");
  std::move(answer).move_into(response);
  return response;
}

http::Response text_reply(int status, std::string text) {
  return uncached(status, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace waxseal::jmapd
