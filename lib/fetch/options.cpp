#include "fetch/options.h"

#include "base/sha256.h"

namespace waxseal::fetch {

std::string Options::version() const {
  Sha256Stream digest;
  const auto add = [&](std::string_view item) { digest.add(std::to_string(item.size())).add(":").add(item); };
  add(urls.allow_https ? "https" : "http");
  for (const std::uint16_t port : urls.ports) add(std::to_string(port));
  add("hosts");
  for (const std::string& host : urls.allow_hosts) add(host);
  add("nets");
  for (const Network& net : allow_nets) add(net.base.text() + '/' + std::to_string(net.prefix));
  add("aia");
  add(std::to_string(static_cast<int>(aia)));
  for (const std::string& host : aia_hosts) add(host);
  add("proxy");
  add(proxy);
  return digest.finish().hex().substr(0, 16);
}

Result<Url> parse_proxy(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  const std::string_view rest = text.starts_with(kScheme) ? text.substr(kScheme.size()) : std::string_view();
  const std::size_t colon = rest.rfind(':');
  const std::string host(rest.substr(0, colon));
  const auto number = colon == rest.npos ? std::string_view("3128") : rest.substr(colon + 1);
  std::uint32_t port = 0;
  for (const char c : number) port = c >= '0' && c <= '9' && port < 65536 ? port * 10 + std::uint32_t(c - '0') : 65536;
  const bool plain = !host.empty() && host.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789.-") == host.npos;
  if (!plain || number.empty() || port == 0 || port > 65535)
    return unexpected("\"" + std::string(text) + "\" is not a proxy like \"http://proxy.example.org:3128\"");
  return Url{.https = false, .host = host, .port = static_cast<std::uint16_t>(port), .target = ""};
}

}  // namespace waxseal::fetch
