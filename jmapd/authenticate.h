// Who is asking: HTTP Basic (RFC 7617) and Bearer (RFC 6750), with a limit on failures (rule R36).
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "base/sha256.h"
#include "jmapd/failure_limiter.h"
#include "jmapd/http/message.h"
#include "store/accounts.h"

namespace waxseal::jmapd {

// How credentials are checked: store::authenticate_* in the program.
struct CredentialCheck {
  std::function<std::optional<store::Principal>(std::string_view name, std::string_view password)> basic;
  std::function<std::optional<store::Principal>(std::string_view token)> bearer;
  std::function<std::optional<store::Principal>(std::string_view ticket)> ticket = {};  // empty: there are none
};

class Authenticator {
 public:
  // How long credentials that were withdrawn may still be taken.
  static constexpr std::chrono::seconds kGrace{1};

  explicit Authenticator(CredentialCheck check) : check_(std::move(check)) {}

  // The principal, or the answer: 401 with both challenges, or 429 with Retry-After.  A blocked attempt is refused
  // before the credentials are looked at and says the same for names that exist and names that do not.
  Result<store::Principal, http::Response> authenticate(const http::Request& request,
                                                        FailureLimiter::Time now = std::chrono::steady_clock::now());

  // The same for the ticket of an event source's URL, where there is no Authorization.
  Result<store::Principal, http::Response> authenticate_ticket(
      std::string_view ticket, const http::Request& request,
      FailureLimiter::Time now = std::chrono::steady_clock::now());

 private:
  // Right credentials are taken for right for kGrace: a client's requests come in bursts.
  struct Known {
    store::Principal principal;
    FailureLimiter::Time until;
  };
  std::optional<store::Principal> known(const Sha256& key, FailureLimiter::Time now);
  void remember(const Sha256& key, const store::Principal& principal, FailureLimiter::Time now);
  Result<store::Principal, http::Response> basic(std::string_view credentials, const std::string& source,
                                                 FailureLimiter::Time now);
  Result<store::Principal, http::Response> bearer(std::string_view token, const std::string& source,
                                                  FailureLimiter::Time now);

  CredentialCheck check_;
  std::mutex known_mutex_;
  std::unordered_map<Sha256, Known> known_;
  FailureLimiter per_user_{10};     // per source and name
  FailureLimiter per_source_{100};  // all names and tokens of a source; not for local sources, see source_counts()
};

}  // namespace waxseal::jmapd
