// waxseal-lmtpd: LMTP server that verifies mail, and stores it or passes it on.
#include <mutex>

#include "lmtp/relay_sink.h"
#include "lmtp/server.h"
#include "lmtp/store_sink.h"
#include "service/listen.h"
#include "service/log.h"
#include "service/metrics.h"
#include "service/monitor.h"

namespace {

using namespace waxseal;

lmtp::StoreSinkOptions store_options(const service::Config& config, smime::Policy policy) {
  lmtp::StoreSinkOptions options;
  options.policy = std::move(policy);
  options.authentication_results = config.lmtp.authentication_results;
  options.authres = service::authres_options(config);
  options.spool = {config.lmtp.spool_memory_octets, config.lmtp.spool_directory};
  options.verifications = config.lmtp.verifications;
  options.recipient_delimiters = config.recipient_delimiter;
  options.on_quota = config.lmtp.on_quota == "reject" ? lmtp::OnQuota::kReject : lmtp::OnQuota::kDefer;
  return options;
}

lmtp::Copies copies(const std::string& word) {
  if (word == "off") return lmtp::Copies::kNone;
  return word == "optional" ? lmtp::Copies::kOptional : lmtp::Copies::kRequired;
}

std::shared_ptr<lmtp::MessageSink> make_sink(store::Database& database, const Clock& clock,
                                             const service::Config& config, smime::Policy policy) {
  lmtp::StoreSinkOptions options = store_options(config, std::move(policy));
  if (config.lmtp.relay_to.empty()) return std::make_shared<lmtp::StoreSink>(database, clock, std::move(options));
  lmtp::RelaySinkOptions relay;
  static_cast<lmtp::StoreSinkOptions&>(relay) = std::move(options);
  relay.copies = copies(config.lmtp.relay_store);
  relay.next_hop.address = config.lmtp.relay_to;
  relay.next_hop.hostname = config.hostname;
  relay.next_hop.timeout = Seconds(config.lmtp.relay_timeout_seconds);
  return std::make_shared<lmtp::RelaySink>(database, clock, std::move(relay));
}

// The service of the moment; SIGHUP replaces it for the transactions that begin afterwards (G7).
class Current {
 public:
  Current(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<Done> use(const service::Config& config) {
    auto policy = service::policy_of(config);
    if (!policy) return unexpected(policy.error());
    auto next = std::make_shared<lmtp::Service>();
    next->hostname = config.hostname;
    next->max_message_octets = config.lmtp.max_message_octets;
    next->max_recipients = config.lmtp.max_recipients;
    next->spool = {config.lmtp.spool_memory_octets, config.lmtp.spool_directory};
    next->message_timeout = Seconds(config.lmtp.message_timeout_seconds);
    auto clients = service::client_list("lmtp.xforward_clients", config.lmtp.xforward_clients);
    if (!clients) return unexpected(clients.error());
    next->xforward_clients = *std::move(clients);
    next->sink = make_sink(database_, clock_, config, *std::move(policy));
    const std::lock_guard lock(mutex_);
    service_ = std::move(next);
    return Done{};
  }

  std::shared_ptr<const lmtp::Service> get() const {
    const std::lock_guard lock(mutex_);
    return service_;
  }

 private:
  store::Database& database_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const lmtp::Service> service_;
};

// A configuration that cannot be used leaves the old one in force.
void try_reload(Current& current, const service::Config& before) {
  const auto config = service::read_again(before);
  if (!config) return;
  if (const auto used = current.use(*config); !used) {
    service::log_error("reload_failed", {{"error", used.error()}});
    return;
  }
  service::log_info("reloaded", {{"config", config->file}});
}

void reload(Current& current, const service::Config& config) {
  service::notify_reloading();
  try_reload(current, config);
  service::notify_ready();
}

std::vector<UniqueFd> open_listeners(const service::Config& config) {
  std::vector<UniqueFd> listeners;
  for (service::PassedSocket& passed : service::sockets_from_systemd()) listeners.push_back(std::move(passed.fd));
  if (!listeners.empty()) {
    service::log_info("listening", {{"address", "from systemd"}, {"sockets", std::to_string(listeners.size())}});
    return listeners;
  }
  for (const std::string& address : config.lmtp.listen) {
    auto fd = service::listen_on(address, config.lmtp.socket_mode);
    if (!fd) throw std::runtime_error("lmtp.listen: " + fd.error());
    listeners.push_back(*std::move(fd));
    service::log_info("listening", {{"address", address}});
  }
  if (listeners.empty()) throw std::runtime_error("lmtp.listen names no address");
  return listeners;
}

void serve(const service::Config& config) {
  service::Signals signals;
  const SystemClock clock;
  store::Database database(service::database_options(config));
  Current current(database, clock);
  if (const auto used = current.use(config); !used) throw std::runtime_error(used.error());
  lmtp::ServerOptions options;
  options.workers = config.lmtp.workers;
  options.max_connections = config.lmtp.max_connections;
  options.idle_timeout = Seconds(config.lmtp.idle_timeout_seconds);
  lmtp::Server server(
      options, [&] { return current.get(); }, clock, open_listeners(config));
  const auto refresh = [&server] {
    const lmtp::Server::Use use = server.use();
    service::metrics().set(service::Metric::kLmtpConnections, {}, static_cast<double>(use.connections));
    service::metrics().set(service::Metric::kLmtpQueue, {}, static_cast<double>(use.queued));
  };
  const auto monitor = service::start_monitor(config.metrics.lmtp, "waxseal-lmtpd", database, refresh);
  if (!monitor) throw std::runtime_error(monitor.error());
  // Not waiting for the database: until it is there RCPT is answered with 451, and mail waits where it is safe.
  service::notify_ready();
  const auto on_drain = [&] {
    service::notify_stopping();
    if (*monitor) (*monitor)->drain();
  };
  server.run(
      signals, [&] { reload(current, config); }, on_drain);
}

}  // namespace

int main(int argc, char** argv) {
  return service::run_program(argc, argv, "waxseal-lmtpd",
                              "LMTP server (RFC 2033) that verifies S/MIME signatures and stores mail.", serve);
}
