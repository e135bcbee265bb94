// waxseal-jmapd: serves the store over JMAP (RFC 8620, RFC 8621, RFC 9219).  Opens no connection but to the database.
#include <poll.h>

#include <csignal>
#include <iostream>

#include "jmapd/http/server.h"
#include "jmapd/router.h"
#include "jmapd/session.h"
#include "reverify/freshness.h"
#include "service/lifecycle.h"
#include "service/listen.h"
#include "service/log.h"

namespace {

using namespace waxseal;

jmapd::Limits limits_of(const service::Config& config) {
  jmapd::Limits limits;
  limits.max_size_request = config.jmap.max_size_request;
  limits.max_concurrent_requests = config.jmap.max_concurrent_requests;
  limits.max_calls_in_request = config.jmap.max_calls_in_request;
  limits.max_objects_in_get = config.jmap.max_objects_in_get;
  limits.max_objects_in_set = config.jmap.max_objects_in_set;
  limits.max_size_upload = config.jmap.max_size_upload;
  limits.max_concurrent_upload = config.jmap.max_concurrent_upload;
  limits.max_unreferenced = config.jmap.max_unreferenced_octets;
  return limits;
}

jmapd::http::ServerOptions server_options(const service::Config& config) {
  jmapd::http::ServerOptions options;
  options.workers = config.jmap.workers;
  options.max_connections = config.jmap.max_connections;
  options.max_body = config.jmap.max_size_request;
  options.max_upload = config.jmap.max_size_upload;
  options.is_upload = jmapd::is_upload;
  options.spool_directory = config.jmap.spool_directory;
  options.idle_timeout = std::chrono::seconds(config.jmap.idle_timeout_seconds);
  return options;
}

jmapd::Engine engine_of(const service::Config& config, store::Database& database, const Clock& clock,
                        reverify::Freshness& freshness) {
  const auto& methods = jmapd::method_table();
  return {database, clock, limits_of(config), methods, jmapd::served_capabilities(methods), &freshness};
}

jmapd::CredentialCheck credentials_of(store::Database& database, const Clock& clock) {
  return {
      [&](std::string_view name, std::string_view password) {
        return store::authenticate_basic(database, name, password, clock.now());
      },
      [&](std::string_view token) { return store::authenticate_bearer(database, token, clock.now()); },
  };
}

// False, with the reason on standard error: nothing could be listened on.
bool listen(jmapd::http::Server& server, const service::Config& config) {
  if (config.jmap.listen.empty()) std::cerr << "waxseal-jmapd: jmap.listen is empty; name an address to listen on\n";
  for (const std::string& address : config.jmap.listen) {
    auto listener = service::listen_on(address);
    if (!listener) {
      std::cerr << "waxseal-jmapd: " << listener.error() << '\n';
      return false;
    }
    server.listen(std::move(*listener));
  }
  return !config.jmap.listen.empty();
}

// Returns when SIGTERM or SIGINT came.  Everything of the configuration is read at start, so that SIGHUP changes
// nothing.
void wait_for_stop(service::Signals& signals) {
  while (true) {
    pollfd waiting{signals.fd(), POLLIN, 0};
    ::poll(&waiting, 1, -1);
    const int number = signals.take();
    if (number == SIGTERM || number == SIGINT) return;
    if (number == SIGHUP) service::log_info("reload_ignored", {{"reason", "restart to change the configuration"}});
  }
}

int run(const service::Config& config) {
  service::Signals signals;
  const SystemClock clock;
  store::Database database(service::database_options(config));
  auto policy = service::policy_of(config);
  if (!policy) {
    std::cerr << "waxseal-jmapd: " << policy.error() << '\n';
    return 2;
  }
  smime::Verifier verifier(*std::move(policy));
  reverify::Freshness freshness(database, verifier, clock);
  jmapd::Router router(engine_of(config, database, clock, freshness), credentials_of(database, clock),
                       config.jmap.base_url);
  jmapd::http::Server server(
      server_options(config), clock, [&](const jmapd::http::Request& request) { return router.handle(request); },
      jmapd::refusal_page);
  if (!listen(server, config)) return 2;
  server.start();

  // Served from the first moment on, with 503 while the database is away: starting must not wait for one that is yet to
  // be made.
  service::notify_ready();
  wait_for_stop(signals);
  service::notify_stopping();
  service::log_info("stopping");
  server.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(service::start_program(argc, argv, "waxseal-jmapd", "Serves mail with S/MIME verdicts over JMAP."));
  } catch (const std::exception& error) {
    std::cerr << "waxseal-jmapd: " << error.what() << '\n';
    return 1;
  }
}
