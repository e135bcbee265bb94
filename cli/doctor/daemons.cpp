// Whether the four daemons are there: their sockets take connections, their monitors say ready.
#include "cli/doctor/finding.h"
#include "cli/http_get.h"
#include "service/connect.h"

namespace waxseal::cli::doctor {

namespace {

// libmilter writes "inet:PORT@HOST", and jmap.listen has "tls:HOST:PORT".
std::string as_inet(const std::string& address) {
  if (address.starts_with("tls:")) return "inet:" + address.substr(4);
  const std::size_t at = address.find('@');
  if (address.starts_with("inet:") && at != address.npos)
    return "inet:" + address.substr(at + 1) + ":" + address.substr(5, at - 5);
  return address;
}

void examine_socket(const std::string& daemon, const std::string& address, Room& room) {
  if (address.empty()) return;
  const auto connected = service::connect_to(as_inet(address), std::chrono::seconds(3));
  if (connected) {
    room.good(daemon + " takes connections at " + address);
  } else {
    room.problem(daemon + " does not take connections at " + address + ": " + connected.error(),
                 "`systemctl status " + daemon + "` and its log; root can connect to every unix socket");
  }
}

void examine_monitor(const std::string& daemon, const std::string& setting, const std::string& address, Room& room) {
  if (address.empty()) {
    room.note(setting + " is empty: nobody can see how " + daemon + " is doing",
              "set it, for example to \"inet:127.0.0.1:9424\", and let Prometheus read /metrics");
    return;
  }
  const auto answer = http_get(address, "/readyz");
  if (!answer) {
    room.problem(daemon + " is not running: " + answer.error(), "`systemctl status " + daemon + "`");
  } else if (answer->status != 200) {
    room.problem(daemon + " is not ready: " + answer->body.substr(0, answer->body.find('\n')), "its log tells more");
  } else {
    room.good(daemon + " is ready");
  }
}

}  // namespace

void examine_daemons(Context& context, Findings& findings) {
  Room room("daemons", findings);
  const service::Config& config = context.config();
  examine_socket("waxseal-milter", config.milter.socket, room);
  for (const std::string& address : config.lmtp.listen) examine_socket("waxseal-lmtpd", address, room);
  for (const std::string& address : config.jmap.listen) examine_socket("waxseal-jmapd", address, room);
  if (!config.milter.socket.empty()) examine_monitor("waxseal-milter", "metrics.milter", config.metrics.milter, room);
  if (!config.lmtp.listen.empty()) examine_monitor("waxseal-lmtpd", "metrics.lmtp", config.metrics.lmtp, room);
  if (!config.jmap.listen.empty()) examine_monitor("waxseal-jmapd", "metrics.jmap", config.metrics.jmap, room);
  examine_monitor("waxseal-reverifyd", "metrics.reverify", config.metrics.reverify, room);
}

}  // namespace waxseal::cli::doctor
