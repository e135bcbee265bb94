// What other libraries take as their own options, made of the configuration.

#include <sys/socket.h>

#include <algorithm>

#include "service/lifecycle.h"

namespace waxseal::service {

Result<smime::Policy> policy_of(const Config& config) {
  smime::Policy policy;
  for (const auto& [knob, value] : config.verify)
    if (const auto set = policy.set(knob, value); !set) return unexpected("[verify]: " + set.error());
  const Config::Revocation& revocation = config.revocation;
  const auto on_or_off = [](bool on) { return std::string(on ? "on" : "off"); };
  const std::pair<std::string_view, std::string> knobs[] = {
      {"mode", revocation.mode},
      {"no_pointer", revocation.no_pointer},
      {"prefer", revocation.prefer},
      {"stale_grace_seconds", std::to_string(revocation.stale_grace_seconds)},
      {"late_key_compromise", revocation.late_key_compromise},
      {"indirect_crl", on_or_off(revocation.indirect_crl)},
      {"deltas", on_or_off(revocation.deltas)},
      {"at_delivery_grace_seconds", std::to_string(revocation.at_delivery_grace_seconds)},
      {"imported_at_delivery", revocation.imported_at_delivery}};
  for (const auto& [knob, value] : knobs)
    if (const auto set = policy.set("revocation." + std::string(knob), value); !set) return unexpected(set.error());
  return policy;
}

namespace {

Result<std::uint16_t> port_of(const std::string& text) {
  unsigned number = 0;
  for (const char c : text) number = c >= '0' && c <= '9' && number < 65536 ? number * 10 + unsigned(c - '0') : 65536;
  if (text.empty() || number == 0 || number > 65535)
    return unexpected("fetch.allowed_ports: \"" + text + "\" is not a port; write \"80\"");
  return static_cast<std::uint16_t>(number);
}

}  // namespace

Result<fetch::Options> fetch_options(const Config& config) {
  fetch::Options options;
  options.urls.allow_https = config.fetch.allow_https;
  options.urls.allow_hosts = config.fetch.allow_hosts;
  options.urls.ports.clear();
  for (const std::string& text : config.fetch.allowed_ports) {
    const auto port = port_of(text);
    if (!port) return unexpected(port.error());
    options.urls.ports.insert(*port);
  }
  for (const std::string& text : config.fetch.allow_nets) {
    const auto net = fetch::Network::parse(text);
    if (!net) return unexpected("fetch.allow_nets: " + net.error());
    options.allow_nets.push_back(*net);
  }
  options.proxy = config.fetch.http_proxy;
  if (!options.proxy.empty())
    if (const auto proxy = fetch::parse_proxy(options.proxy); !proxy)
      return unexpected("fetch.http_proxy: " + proxy.error());
  options.crl_octets = config.fetch.max_crl_octets;
  options.aia = config.fetch.aia == "off"         ? fetch::AiaMode::kOff
                : config.fetch.aia == "allowlist" ? fetch::AiaMode::kAllowlist
                                                  : fetch::AiaMode::kGuarded;
  options.aia_hosts = config.fetch.aia_hosts;
  for (const std::string& url : config.fetch.crl_urls)
    if (const auto read = fetch::parse_url(url, options.urls); !read)
      return unexpected("fetch.crl_urls: \"" + url + "\": " + read.error());
  return options;
}

Result<ClientList> client_list(std::string_view setting, const std::vector<std::string>& texts) {
  ClientList out;
  for (const std::string& text : texts) {
    const auto network = fetch::Network::parse(text);
    if (text == "local")
      out.local = true;
    else if (network)
      out.networks.push_back(*network);
    else
      return unexpected(std::string(setting) + ": " + network.error() + "; or write \"local\"");
  }
  return out;
}

bool is_among(const ClientList& list, const sockaddr* client) {
  if (client == nullptr || (client->sa_family != AF_INET && client->sa_family != AF_INET6)) return list.local;
  const auto address = fetch::IpAddress::from_socket(client);
  return address && std::any_of(list.networks.begin(), list.networks.end(),
                                [&](const fetch::Network& network) { return network.contains(*address); });
}

Result<Done> check_values(const Config& config) {
  if (const auto policy = policy_of(config); !policy) return unexpected(policy.error());
  if (const auto fetching = fetch_options(config); !fetching) return unexpected(fetching.error());
  if (const auto clients = client_list("milter.skip_clients", config.milter.skip_clients); !clients)
    return unexpected(clients.error());
  if (const auto clients = client_list("milter.trusted_clients", config.milter.trusted_clients); !clients)
    return unexpected(clients.error());
  if (const auto clients = client_list("lmtp.xforward_clients", config.lmtp.xforward_clients); !clients)
    return unexpected(clients.error());
  return Done{};
}

authres::Options authres_options(const Config& config) {
  authres::Options options;
  options.authserv_id = config.authentication_results.authserv_id;
  options.own_ids = config.authentication_results.own_ids;
  options.remove_smime_only = config.authentication_results.remove == "smime_only";
  options.emit_none = config.authentication_results.none;
  options.details = config.authentication_results.details;
  options.status_field = config.authentication_results.smime_status_field;
  return options;
}

store::DatabaseOptions database_options(const Config& config) {
  store::DatabaseOptions options;
  options.url = config.database.url;
  options.pool_size = config.database.pool_size;
  options.statement_timeout = Seconds(config.database.statement_timeout_seconds);
  return options;
}

}  // namespace waxseal::service
