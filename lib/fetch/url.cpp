#include "fetch/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace waxseal::fetch {

namespace {

constexpr std::uint16_t kHttp = 80, kHttps = 443;

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool ldh(char c) {
  return ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
}

bool label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), ldh);
}

std::vector<std::string_view> labels_of(std::string_view host) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t dot = host.find('.');
    out.push_back(host.substr(0, dot));
    if (dot == host.npos) return out;
    host.remove_prefix(dot + 1);
  }
}

// What inet_aton() and browsers take for an IPv4 address: the last label is a number, also octal or hexadecimal.
bool numeric(std::string_view last) {
  if (last.starts_with("0x")) return true;
  return std::all_of(last.begin(), last.end(), ascii_digit);
}

// nullopt: acceptable.
std::optional<std::string> host_problem(std::string_view host, const UrlRules& rules) {
  if (host.empty() || host.size() > 253) return "the host name is empty or too long";
  const auto labels = labels_of(host);
  if (!std::all_of(labels.begin(), labels.end(), label)) return "the host is not a plain DNS name";
  if (numeric(labels.back())) return "the host is an IP address";
  if (labels.size() < 2 && !rules.private_host(host)) return "the host is a single label";
  return std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

std::string target_of(std::string_view rest) {
  std::string target(rest.substr(0, rest.find('#')));
  return target.starts_with('/') ? target : '/' + target;  // "http://host?query"
}

Result<Url> parse_authority(Url url, std::string_view authority, const UrlRules& rules) {
  const std::size_t colon = authority.find(':');
  url.host = ascii_lower(authority.substr(0, colon));
  if (authority.find_first_of("@[]%") != authority.npos)
    return unexpected("user names, IP addresses and percent-encoding are not allowed in the host");
  if (auto problem = host_problem(url.host, rules)) return unexpected(*std::move(problem));
  const std::uint16_t usual = url.https ? kHttps : kHttp;
  const auto port = colon == authority.npos ? std::optional(usual) : parse_port(authority.substr(colon + 1));
  if (!port) return unexpected("the port is not a number");
  if (!rules.ports.contains(*port) && !(url.https && *port == kHttps))
    return unexpected("port " + std::to_string(*port) + " is not one of fetch.allowed_ports");
  url.port = *port;
  return url;
}

}  // namespace

std::string Url::text() const {
  std::string out = https ? "https://" : "http://";
  out += host;
  if (port != (https ? kHttps : kHttp)) out += ':' + std::to_string(port);
  return out + target;
}

bool is_one_of(const std::vector<std::string>& names, std::string_view host) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.starts_with('.') ? host.ends_with(ascii_lower(name)) : host == ascii_lower(name);
  });
}

Result<Url> parse_url(std::string_view text, const UrlRules& rules) {
  if (text.size() > kMaxUrlOctets) return unexpected("longer than " + std::to_string(kMaxUrlOctets) + " octets");
  if (!printable_ascii(text)) return unexpected("contains spaces, control or non-ASCII characters");
  const std::size_t colon = text.find("://");
  if (colon == text.npos) return unexpected("not an http URL");
  const std::string scheme = ascii_lower(text.substr(0, colon));
  Url url;
  url.https = scheme == "https";
  if (url.https && !rules.allow_https) return unexpected("https is not allowed (fetch.allow_https)");
  if (!url.https && scheme != "http") return unexpected("only http is fetched");
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  url.target = target_of(rest.substr(end));
  return parse_authority(std::move(url), rest.substr(0, end), rules);
}

Result<Url> parse_location(std::string_view location, const Url& base, const UrlRules& rules) {
  if (location.empty()) return unexpected("Location is empty");
  const std::size_t end = std::min(location.find_first_of("/?#"), location.size());
  if (location.substr(0, end).find(':') != location.npos) return parse_url(location, rules);  // has a scheme
  const std::string origin = Url{base.https, base.host, base.port, ""}.text();
  if (location.starts_with("//")) return parse_url((base.https ? "https:" : "http:") + std::string(location), rules);
  if (location.starts_with("/")) return parse_url(origin + std::string(location), rules);
  const std::string path = base.target.substr(0, base.target.find('?'));
  if (location.starts_with("?")) return parse_url(origin + path + std::string(location), rules);
  return parse_url(origin + path.substr(0, path.rfind('/') + 1) + std::string(location), rules);
}

}  // namespace waxseal::fetch
