// URLs that certificates name, read strictly (NET-01, NET-03).  What this parser accepts is what is sent: the request
// is made of its parts, never of the text.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace waxseal::fetch {

inline constexpr std::size_t kMaxUrlOctets = 2048;

struct Url {
  bool https = false;
  std::string host;  // lower case
  std::uint16_t port = 80;
  std::string target;  // path and query, begins with "/"; the fragment is dropped

  std::string text() const;  // normal form; names the URL in caches and in the database
  friend bool operator==(const Url&, const Url&) = default;
};

// One of the names; ".example.org" stands for all names below it.
bool is_one_of(const std::vector<std::string>& names, std::string_view host);

struct UrlRules {
  bool allow_https = false;  // then port 443 is allowed for it
  std::set<std::uint16_t> ports = {80};
  // Names of private PKIs: may lead to private addresses and may be a single label.
  std::vector<std::string> allow_hosts;

  bool private_host(std::string_view host) const { return is_one_of(allow_hosts, host); }
};

// The error says which rule refused it.
Result<Url> parse_url(std::string_view text, const UrlRules& rules);

// Location of a redirect: a whole URL, "//host/path", "/path" or a path relative to the base.
Result<Url> parse_location(std::string_view location, const Url& base, const UrlRules& rules);

}  // namespace waxseal::fetch
