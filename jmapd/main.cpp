// waxseal-jmapd: serves the store over JMAP (RFC 8620, RFC 8621, RFC 9219).  Opens no connection but to the database,
// to clients of push and to the relay.
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <optional>
#include <thread>

#include "delivery/pipeline.h"
#include "jmapd/http/server.h"
#include "jmapd/outbox.h"
#include "jmapd/pusher.h"
#include "jmapd/relay_settings.h"
#include "jmapd/router.h"
#include "jmapd/session.h"
#include "reverify/freshness.h"
#include "service/lifecycle.h"
#include "service/listen.h"
#include "service/log.h"
#include "service/metrics.h"
#include "service/monitor.h"
#include "store/account_states.h"

namespace {

using namespace waxseal;

jmapd::Limits limits_of(const service::Config& config) {
  jmapd::Limits limits;
  limits.max_size_request = config.jmap.max_size_request;
  limits.max_concurrent_requests = config.jmap.max_concurrent_requests;
  limits.max_calls_in_request = config.jmap.max_calls_in_request;
  limits.max_objects_in_get = config.jmap.max_objects_in_get;
  limits.max_objects_in_set = config.jmap.max_objects_in_set;
  limits.answer = {config.jmap.max_size_answer, config.jmap.spool_directory};
  limits.max_size_upload = config.jmap.max_size_upload;
  limits.max_concurrent_upload = config.jmap.max_concurrent_upload;
  limits.push.allow = config.jmap.push_allow;
  limits.max_unreferenced = config.jmap.max_unreferenced_octets;
  limits.submission = jmapd::submission_rules(config);
  return limits;
}

jmapd::http::ServerOptions server_options(const service::Config& config) {
  jmapd::http::ServerOptions options;
  options.workers = config.jmap.workers;
  options.max_connections = config.jmap.max_connections;
  options.max_body = config.jmap.max_size_request;
  options.max_upload = config.jmap.max_size_upload;
  options.is_upload = jmapd::is_upload;
  options.trusted_proxies = config.jmap.trusted_proxies;
  options.spool_directory = config.jmap.spool_directory;
  options.idle_timeout = std::chrono::seconds(config.jmap.idle_timeout_seconds);
  return options;
}

jmapd::Engine engine_of(const service::Config& config, store::Database& database, const Clock& clock,
                        reverify::Freshness& freshness, delivery::Pipeline& pipeline) {
  static const auto methods =
      config.submission.relay.empty() ? jmapd::without_submission(jmapd::method_table()) : jmapd::method_table();
  return {database, clock, limits_of(config), methods, jmapd::served_capabilities(methods), &freshness, &pipeline};
}

jmapd::CredentialCheck credentials_of(store::Database& database, const Clock& clock) {
  return {
      [&](std::string_view name, std::string_view password) {
        return store::authenticate_basic(database, name, password, clock.now());
      },
      [&](std::string_view token) { return store::authenticate_bearer(database, token, clock.now()); },
      [&](std::string_view ticket) { return store::authenticate_ticket(database, ticket, clock.now()); },
  };
}

jmapd::PushHub::Options push_options(const service::Config& config) {
  jmapd::PushHub::Options options;
  options.poll = std::chrono::seconds(config.jmap.push_poll_seconds);
  options.per_account = config.jmap.max_event_sources;
  return options;
}

bool complain(const std::string& problem) {
  std::cerr << "waxseal-jmapd: " << problem << '\n';
  return false;
}

struct Listener {
  UniqueFd fd;
  bool tls = false;
};

// Those that systemd passed, or those of jmap.listen.  The error says what to do next.
Result<std::vector<Listener>> open_listeners(const service::Config& config) {
  std::vector<Listener> out;
  for (service::PassedSocket& passed : service::sockets_from_systemd()) {
    out.push_back({std::move(passed.fd), passed.name == "tls"});
  }
  if (!out.empty()) return out;
  if (config.jmap.listen.empty()) return unexpected("jmap.listen is empty; name an address to listen on");
  for (const std::string& address : config.jmap.listen) {
    const bool tls = address.starts_with("tls:");
    auto fd = service::listen_on(tls ? "inet:" + address.substr(4) : address);
    if (!fd) return unexpected(fd.error());
    out.push_back({std::move(*fd), tls});
  }
  return out;
}

// False, with the reason on standard error: nothing could be listened on.
bool listen(jmapd::http::Server& server, const service::Config& config, jmapd::http::TlsCredentials& tls) {
  auto listeners = open_listeners(config);
  if (!listeners) return complain(listeners.error());
  const bool any_tls = std::any_of(listeners->begin(), listeners->end(), [](const Listener& each) { return each.tls; });
  if (const auto loaded = any_tls ? tls.load() : Result<Done>(Done{}); !loaded) return complain(loaded.error());
  for (Listener& each : *listeners) server.listen(std::move(each.fd), each.tls ? &tls : nullptr);
  return true;
}

void reload(jmapd::http::TlsCredentials& tls, const service::Config& config) {
  if (config.jmap.tls_certificate.empty()) {
    return service::log_info("reload_ignored", {{"reason", "restart to change the configuration"}});
  }
  const auto loaded = tls.load();
  if (!loaded) return service::log_error("reload_refused", {{"error", loaded.error()}});
  service::log_info("reloaded", {{"certificate", config.jmap.tls_certificate}});
}

// Returns when SIGTERM or SIGINT came.  SIGHUP reads the certificate again; everything else of the configuration is
// read at start.
void wait_for_stop(service::Signals& signals, jmapd::http::TlsCredentials& tls, const service::Config& config) {
  service::Watchdog watchdog;
  const auto turn = static_cast<int>(watchdog.interval(std::chrono::minutes(1)).count());
  while (true) {
    watchdog.tend();
    pollfd waiting{signals.fd(), POLLIN, 0};
    ::poll(&waiting, 1, turn);
    const int number = signals.take();
    if (number == SIGTERM || number == SIGINT) return;
    if (number == SIGHUP) reload(tls, config);
  }
}

jmapd::http::Response answer(jmapd::Router& router, const jmapd::http::Request& request) {
  const auto start = std::chrono::steady_clock::now();
  jmapd::http::Response response = router.handle(request);
  service::metrics().add(service::Metric::kJmapRequests, {std::to_string(response.status)});
  service::metrics().observe(service::Metric::kJmapRequestSeconds, {}, std::chrono::steady_clock::now() - start);
  return response;
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
  auto relay = jmapd::relay_options(config);
  if (!relay) return complain(relay.error()), 2;
  smime::Verifier verifier(*std::move(policy));
  reverify::Freshness freshness(database, verifier, clock);
  delivery::Pipeline pipeline(database, verifier, clock);
  jmapd::http::TlsCredentials tls(config.jmap.tls_certificate, config.jmap.tls_key);
  jmapd::Router router(engine_of(config, database, clock, freshness, pipeline), credentials_of(database, clock),
                       config.jmap.base_url, push_options(config));
  jmapd::http::Server server(
      server_options(config), clock, [&](const jmapd::http::Request& request) { return answer(router, request); },
      jmapd::refusal_page);
  const auto monitor = service::start_monitor(config.metrics.jmap, "waxseal-jmapd", database);
  if (!monitor) throw std::runtime_error(monitor.error());
  if (!listen(server, config, tls)) return 2;
  server.start();

  jmapd::Pusher pusher({.rules = {config.jmap.push_allow}, .poll = std::chrono::seconds(config.jmap.push_poll_seconds)},
                       database, clock);

  std::optional<jmapd::Outbox> outbox;
  if (!relay->host.empty()) {
    outbox.emplace(
        jmapd::Outbox::Options{
            .relay = *relay, .workers = config.submission.workers, .keep = Seconds(config.submission.keep_seconds)},
        database, clock);
  }

  // Served from the first moment on, with 503 while the database is away: starting must not wait for one that is yet to
  // be made.
  service::notify_ready();
  std::atomic<bool> stop = false;
  std::thread changes([&] {
    store::listen_for_changes(
        service::database_options(config),
        [&](AccountId account) {
          router.changed(account);
          pusher.wake();
          if (outbox) outbox->wake();
        },
        [&] { return stop.load(); });
  });
  wait_for_stop(signals, tls, config);
  service::notify_stopping();
  if (*monitor) (*monitor)->drain();
  service::log_info("stopping");
  stop = true;
  server.stop();
  changes.join();
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
