#include "jmapd/router.h"

#include <array>
#include <chrono>

#include "base/text.h"
#include "jmapd/download.h"
#include "jmapd/event_source.h"
#include "jmapd/language.h"
#include "jmapd/replies.h"
#include "jmapd/session.h"
#include "jmapd/upload.h"
#include "jmapd/url.h"
#include "jmapd/web_page.h"
#include "service/log.h"
#include "smime/judge.h"

namespace waxseal::jmapd {
namespace {

constexpr std::string_view kTicket = "ticket";     // of an event source's URL
constexpr std::chrono::hours kTicketDays{8 * 24};  // then a client reads the session again
constexpr std::size_t kMostSessionStates = 4096;   // a client may name any host

// A browser client of another origin sends its own Authorization field and no cookies, so that every origin may ask.
void allow_origins(http::Response& response) {
  response.with("Access-Control-Allow-Origin", "*");
  response.with("Access-Control-Expose-Headers",
                "WWW-Authenticate, Retry-After, Content-Disposition, Content-Language");
}

http::Response preflight(const std::string& allowed) {
  http::Response response;
  response.status = 204;
  response.with("Allow", allowed);
  response.with("Access-Control-Allow-Methods", allowed);
  response.with("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Accept-Language, Last-Event-ID");
  return std::move(response.with("Access-Control-Max-Age", "86400"));
}

bool is_json(std::string_view content_type) {
  return ascii_iequals(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

std::string milliseconds_since(std::chrono::steady_clock::time_point begun) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count());
}

}  // namespace

struct Router::Exchange {
  const http::Request& request;
  std::string_view rest;  // of the path, behind a route that ends with "/"
  store::Principal principal{};
};

struct Router::Route {
  enum class Access { kPublic, kPrincipal };
  std::string_view method;  // GET stands for HEAD too
  std::string_view path;    // with "/" at the end: everything below it
  Access access;
  http::Response (Router::*function)(Exchange&);
};

std::span<const Router::Route> Router::routes() {
  using enum Route::Access;
  static constexpr std::array<Route, 10> kRoutes = {{
      {"GET", "/.well-known/jmap", kPrincipal, &Router::session},
      {"GET", "/jmap/session", kPrincipal, &Router::session},
      {"POST", "/jmap/api", kPrincipal, &Router::api},
      {"GET", "/jmap/download/", kPrincipal, &Router::blob},
      {"POST", kUploadPath, kPrincipal, &Router::take_upload},
      {"GET", "/jmap/eventsource", kPrincipal, &Router::events},
      {"GET", "/", kPublic, &Router::page},
      {"GET", "/web/", kPublic, &Router::page},
      {"GET", "/healthz", kPublic, &Router::alive},
      {"GET", "/readyz", kPublic, &Router::ready},
  }};
  return kRoutes;
}

std::vector<RouteName> route_names() {
  std::vector<RouteName> out;
  for (const Router::Route& route : Router::routes()) {
    out.push_back({route.method, route.path, route.access == Router::Route::Access::kPublic});
  }
  return out;
}

const Router::Route* Router::find_route(std::string_view path, std::string_view method, std::string& allowed) {
  const Route* found = nullptr;
  for (const Route& route : routes()) {
    const bool below = route.path.size() > 1 && route.path.ends_with('/') && path.size() > route.path.size() &&
                       path.starts_with(route.path);
    if (path != route.path && !below) continue;
    allowed = route.method == "GET" ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
    if (method == route.method || (method == "HEAD" && route.method == "GET")) found = &route;
  }
  return found;
}

Router::Router(Engine engine, CredentialCheck check, std::string base_url, PushHub::Options push)
    : engine_(std::move(engine)),
      authenticator_(std::move(check)),
      base_url_(std::move(base_url)),
      concurrency_(engine_.limits.max_concurrent_requests),
      uploads_(engine_.limits.max_concurrent_upload),
      readiness_([this] { engine_.database.check(); }),
      push_(
          push,
          [this](const std::vector<AccountId>& accounts) { return store::account_states(engine_.database, accounts); },
          [this](const std::vector<store::Principal>& principals) {
            return store::credentials_hold(engine_.database, principals, engine_.clock.now());
          }) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
}

http::Response Router::handle(const http::Request& request) {
  const auto begun = std::chrono::steady_clock::now();
  Exchange exchange{request, {}, {}};
  http::Response response;
  try {
    response = dispatch(exchange);
  } catch (const store::Unavailable& error) {
    service::log_error("store_unavailable", {{"error", error.what()}});
    response = problem_reply({503, kBlank, "the store is unavailable, try again later", ""});
    response.with("Retry-After", "5");
  } catch (const std::exception& error) {
    service::log_error("request_failed", {{"error", error.what()}});
    response = problem_reply({500, kBlank, "see the server's log", ""});
  }
  allow_origins(response);
  if (request.secure) response.with("Strict-Transport-Security", "max-age=31536000");
  service::log_info("request", {{"method", request.method},
                                {"path", request.path},
                                {"status", std::to_string(response.status)},
                                {"principal", exchange.principal.name},
                                {"source", request.source},
                                {"ms", milliseconds_since(begun)}});
  return response;
}

http::Response Router::dispatch(Exchange& exchange) {
  const http::Request& request = exchange.request;
  std::string allowed;
  const Route* route = find_route(request.path, request.method, allowed);
  if (allowed.empty()) return problem_reply({404, kBlank, "there is nothing here", ""});
  if (request.method == "OPTIONS") return preflight(allowed);
  if (!route) {
    auto response = problem_reply({405, kBlank, "this method does not work here", ""});
    return std::move(response.with("Allow", allowed));
  }
  if (route->access == Route::Access::kPrincipal) {
    auto principal = authenticate(exchange, *route);
    if (!principal) return principal.error();
    exchange.principal = *principal;
  }
  exchange.rest = std::string_view(request.path).substr(route->path.size());
  return (this->*route->function)(exchange);
}

Result<store::Principal, http::Response> Router::authenticate(const Exchange& exchange, const Route& route) {
  const http::Request& request = exchange.request;
  const auto ticket = route.function == &Router::events ? query_value(request.query, kTicket) : std::nullopt;
  if (ticket && request.field("authorization").empty()) return authenticator_.authenticate_ticket(*ticket, request);
  return authenticator_.authenticate(request);
}

std::string Router::base_url_for(const Exchange& exchange) const {
  // Behind a proxy that ends TLS, jmap.base_url must say https, or the proxy be one of jmap.trusted_proxies (rule R25).
  const std::string& host = exchange.request.host;
  const std::string scheme = exchange.request.secure ? "https://" : "http://";
  return !base_url_.empty() || host.empty() ? base_url_ : scheme + host;
}

Json Router::session_for(const Exchange& exchange) const {
  return session_object(exchange.principal, engine_.limits, engine_.methods, base_url_for(exchange));
}

std::string Router::session_state(const Exchange& exchange) {
  const std::string key = session_key(exchange.principal, base_url_for(exchange));
  {
    const std::lock_guard lock(states_mutex_);
    if (const auto known = session_states_.find(key); known != session_states_.end()) return known->second;
  }
  std::string state = session_for(exchange)["state"].get<std::string>();
  const std::lock_guard lock(states_mutex_);
  if (session_states_.size() >= kMostSessionStates) session_states_.clear();
  return session_states_[key] = std::move(state);
}

http::Response Router::session(Exchange& exchange) {
  Json session = session_for(exchange);
  // To the day, so that the URL stays the same for a while; it is no part of the session's state.
  const Time now = engine_.clock.now();
  const Time today{now.time_since_epoch() - now.time_since_epoch() % std::chrono::hours(24)};
  const std::string ticket = store::event_ticket(engine_.database, exchange.principal, today + kTicketDays, now);
  if (!ticket.empty()) {
    session["eventSourceUrl"] =
        session["eventSourceUrl"].get<std::string>() + "&" + std::string(kTicket) + "=" + ticket;
  }
  return json_reply(session);
}

http::Response Router::api(Exchange& exchange) {
  if (!is_json(exchange.request.field("content-type"))) {
    return problem_reply({400, kNotJson, "the content type is not application/json", ""});
  }
  const auto place = concurrency_.enter(exchange.principal.account);
  if (!place) return problem_reply({429, kLimit, "too many requests at once", "maxConcurrentRequests"});
  const std::string language = negotiate_language(exchange.request.field("accept-language"), smime::error_languages());
  const Caller caller{exchange.principal, session_state(exchange), language};
  auto answer = process_request(engine_, caller, exchange.request.body);
  if (!answer) return problem_reply(answer.error());
  auto response = json_reply(std::move(*answer));
  return std::move(response.with("Content-Language", language));
}

http::Response Router::blob(Exchange& exchange) {
  return download(engine_.database, exchange.principal, exchange.rest, exchange.request.query);
}

http::Response Router::take_upload(Exchange& exchange) {
  const auto place = uploads_.enter(exchange.principal.account);
  if (!place) return problem_reply({429, kLimit, "too many uploads at once", "maxConcurrentUpload"});
  return upload(engine_.database, exchange.principal, engine_.limits, exchange.rest, exchange.request);
}

http::Response Router::events(Exchange& exchange) {
  return event_source(push_, engine_.database, exchange.principal, exchange.request);
}

http::Response Router::page(Exchange& exchange) {
  return web_page(exchange.request);
}

http::Response Router::alive(Exchange&) {
  return text_reply(200, "alive\n");
}

http::Response Router::ready(Exchange&) {
  if (readiness_.check()) return text_reply(200, "ready\n");
  return problem_reply({503, kBlank, "the store is unavailable", ""});
}

bool is_upload(const http::Request& head) {
  return head.method == "POST" && head.path.starts_with(kUploadPath);
}

http::Response refusal_page(const http::Refusal& refusal) {
  Problem problem{refusal.status, kBlank, refusal.reason, ""};
  if (!refusal.limit.empty()) {
    problem.type = kLimit;
    problem.limit = refusal.limit;
  }
  auto response = problem_reply(problem);
  if (refusal.status == 503) response.with("Retry-After", "1");
  allow_origins(response);
  return response;
}

}  // namespace waxseal::jmapd
