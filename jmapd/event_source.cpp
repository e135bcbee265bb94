#include "jmapd/event_source.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "jmapd/replies.h"
#include "jmapd/url.h"

namespace waxseal::jmapd {
namespace {

using std::chrono::seconds;

constexpr std::string_view kPrelude = "retry: 3000\n\n";  // milliseconds until the client comes back

std::vector<bool> wanted_types(std::string_view list) {
  const auto& names = store::state_types();
  std::vector<bool> wanted(names.size(), list == "*");
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const auto found = std::find(names.begin(), names.end(), trim(list.substr(0, comma)));
    if (found != names.end()) wanted[static_cast<std::size_t>(found - names.begin())] = true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return wanted;
}

std::optional<seconds> ping_interval(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number == 0) return seconds(0);
  return std::clamp(seconds(number), seconds(5), seconds(3600));
}

http::Response refuse(std::string detail) {
  return problem_reply({400, kBlank, std::move(detail), ""});
}

}  // namespace

http::Response event_source(PushHub& hub, store::Database& database, const store::Principal& principal,
                            const http::Request& request) {
  const std::string close_after = query_value(request.query, "closeafter").value_or("no");
  if (close_after != "no" && close_after != "state") return refuse("closeafter is neither \"state\" nor \"no\"");
  const auto ping = ping_interval(query_value(request.query, "ping").value_or("0"));
  if (!ping) return refuse("ping is not a number of seconds");

  EventSubscription subscription;
  subscription.principal = principal;
  subscription.types = wanted_types(query_value(request.query, "types").value_or("*"));
  subscription.close_after_state = close_after == "state";
  subscription.ping = *ping;
  subscription.channel = std::make_shared<http::EventChannel>();
  const std::string_view last = request.field("last-event-id");
  // Without one the client knows what it reads after this answer has begun: only what comes later is news.
  subscription.known =
      last.empty() ? store::account_states(database, {principal.account})[principal.account] : states_of_event_id(last);
  http::Response response;
  response.status = 200;
  response.content_type = "text/event-stream; charset=utf-8";
  response.events = subscription.channel;
  response.with("Cache-Control", "no-cache, no-store");
  response.with("X-Accel-Buffering", "no");  // nginx would hold back what it could collect
  subscription.channel->send(kPrelude);
  if (!hub.add(std::move(subscription))) {
    auto refused = problem_reply({429, kBlank, "this account has too many event sources", ""});
    return std::move(refused.with("Retry-After", "60"));
  }
  return response;
}

}  // namespace waxseal::jmapd
