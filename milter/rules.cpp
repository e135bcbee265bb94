#include "milter/rules.h"

#include <algorithm>
#include <stdexcept>

#include "base/text.h"

namespace waxseal::milter {

namespace {

service::ClientList clients(std::string_view setting, const std::vector<std::string>& texts) {
  auto list = service::client_list(setting, texts);
  if (!list) throw std::runtime_error(list.error());
  return *std::move(list);
}

std::vector<std::string> lower_case(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const std::string& pattern : patterns) out.push_back(ascii_lower(pattern));
  return out;
}

// Pattern "joe@example.net", "example.net" or ".example.net".
bool matches(std::string_view pattern, std::string_view address) {
  if (pattern.find('@') != std::string_view::npos) return address == pattern;
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || pattern.empty()) return false;
  const std::string_view domain = address.substr(at + 1);
  return pattern.starts_with('.') ? domain.size() > pattern.size() && domain.ends_with(pattern) : domain == pattern;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view address) {
  if (patterns.empty()) return false;
  const std::string lower = ascii_lower(address);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, lower); });
}

}  // namespace

Rules::Rules(const service::Config::Milter& settings)
    : skip_clients_(clients("milter.skip_clients", settings.skip_clients)),
      trusted_clients_(clients("milter.trusted_clients", settings.trusted_clients)),
      skip_senders_(lower_case(settings.skip_senders)),
      skip_recipients_(lower_case(settings.skip_recipients)),
      skip_authenticated_(settings.skip_authenticated) {}

bool Rules::skips_client(const sockaddr* address) const {
  return service::is_among(skip_clients_, address);
}

bool Rules::trusts_client(const sockaddr* address) const {
  return service::is_among(trusted_clients_, address);
}

bool Rules::skips_sender(std::string_view address) const {
  return any_matches(skip_senders_, address);
}

bool Rules::skips_recipient(std::string_view address) const {
  return any_matches(skip_recipients_, address);
}

}  // namespace waxseal::milter
