// What may be fetched and how much of it: [fetch] of the configuration.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fetch/address.h"
#include "fetch/url.h"

namespace waxseal::fetch {

// Issuer certificates are fetched before anybody vouches for who names the URL (NET-02).
enum class AiaMode { kOff, kGuarded, kAllowlist };

struct Options {
  UrlRules urls;
  std::vector<Network> allow_nets;  // private networks that may be reached (NET-04)
  std::string proxy;                // "http://proxy.example.org:3128"; then the proxy must keep NET-04 (NET-05)

  std::size_t crl_octets = 32u << 20;  // NET-08
  std::size_t ocsp_octets = 64u << 10;
  std::size_t aia_octets = 256u << 10;
  Seconds crl_deadline{20};  // of the whole fetch, redirects included (NET-07)
  Seconds ocsp_deadline{10};
  Seconds aia_deadline{10};
  Seconds connect_timeout{5};

  AiaMode aia = AiaMode::kGuarded;
  std::vector<std::string> aia_hosts;  // of kAllowlist, redirects included
  // Tokens of issuer certificates: of all hosts, and of one.  A sixth of an hour's may be used at once.
  std::size_t aia_per_hour = 600;
  std::size_t aia_per_hour_and_host = 60;

  std::size_t most_at_once = 8;  // NET-14
  std::size_t most_per_host = 2;
  std::size_t most_waiting = 64;

  // Digest over what decides about refusals: URLs that were refused are tried again when it changes (NET-12).
  std::string version() const;
};

// "http://host:port" of a proxy, nothing else.
Result<Url> parse_proxy(std::string_view text);

}  // namespace waxseal::fetch
