// Which path does what: one table, looked up literally.
#pragma once

#include <mutex>
#include <unordered_map>

#include "jmapd/authenticate.h"
#include "jmapd/concurrency.h"
#include "jmapd/push_hub.h"
#include "jmapd/readiness.h"
#include "jmapd/request.h"

namespace waxseal::jmapd {

struct RouteName;

// Answers every request that the front lets through; called by all workers at once.
class Router {
 public:
  // `base_url`: as clients reach the server; empty: made from each request's Host.
  Router(Engine engine, CredentialCheck check, std::string base_url, PushHub::Options push = {});

  // Somebody reported a change of this account: event sources look at once.
  void changed(AccountId account) { push_.changed(account); }

  // Never throws.  Logs one line.
  http::Response handle(const http::Request& request);

 private:
  struct Exchange;
  struct Route;
  static std::span<const Route> routes();
  friend std::vector<RouteName> route_names();
  static const Route* find_route(std::string_view path, std::string_view method, std::string& allowed);
  http::Response dispatch(Exchange& exchange);
  http::Response session(Exchange& exchange);
  http::Response api(Exchange& exchange);
  http::Response blob(Exchange& exchange);
  http::Response take_upload(Exchange& exchange);
  http::Response events(Exchange& exchange);
  http::Response page(Exchange& exchange);
  http::Response alive(Exchange& exchange);
  http::Response ready(Exchange& exchange);
  Result<store::Principal, http::Response> authenticate(const Exchange& exchange, const Route& route);
  std::string base_url_for(const Exchange& exchange) const;
  Json session_for(const Exchange& exchange) const;
  std::string session_state(const Exchange& exchange);

  Engine engine_;
  Authenticator authenticator_;
  std::string base_url_;
  Concurrency concurrency_;
  Concurrency uploads_;
  Readiness readiness_;
  PushHub push_;

  // What else a session says stands still while the program runs, and the digest of it costs more than a small query.
  std::mutex states_mutex_;
  std::unordered_map<std::string, std::string> session_states_;
};

// The routes by name, for whoever must look at all of them.
struct RouteName {
  std::string_view method;
  std::string_view path;  // with "/" at the end: everything below it
  bool open = false;      // needs no credentials
};
std::vector<RouteName> route_names();

// Whether the body that follows this head may be larger than a request: it waits in a file.
bool is_upload(const http::Request& head);

// The page of a refusal of the front: problem details, with the limit's name for a body that is too large.
http::Response refusal_page(const http::Refusal& refusal);

}  // namespace waxseal::jmapd
