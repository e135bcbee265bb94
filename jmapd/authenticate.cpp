#include "jmapd/authenticate.h"

#include "base/text.h"
#include "jmapd/replies.h"
#include "service/log.h"
#include "store/random.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kMostKnown = 16'384;

using Attempt = Result<store::Principal, http::Response>;

struct Credentials {
  std::string scheme;  // lower case
  std::string_view value;
};

std::optional<Credentials> split(std::string_view field) {
  const std::size_t space = field.find(' ');
  if (space == field.npos) return std::nullopt;
  return Credentials{ascii_lower(field.substr(0, space)), trim(field.substr(space))};
}

// A proxy on this machine speaks for everybody: 100 failures through it are not one attacker's.
bool source_counts(const std::string& source) {
  return source != "unix" && source != "::1" && !source.starts_with("127.");
}

// What PostgreSQL would reject or cut: "alice\0x" must not be another spelling of alice that the limiter counts apart.
bool is_plain_text(std::string_view text) {
  return text.find('\0') == text.npos && valid_utf8(text);
}

http::Response challenge(std::string_view bearer_error = "") {
  auto response = problem_reply({401, kBlank, "credentials are missing or wrong", ""});
  response.with("WWW-Authenticate", R"(Basic realm="waxseal", charset="UTF-8")");
  response.with("WWW-Authenticate", R"(Bearer realm="waxseal")" + std::string(bearer_error));
  return response;
}

http::Response too_many(std::chrono::seconds wait) {
  auto response = problem_reply({429, kBlank, "too many failed attempts", ""});
  return std::move(response.with("Retry-After", std::to_string(wait.count())));
}

}  // namespace

Attempt Authenticator::authenticate(const http::Request& request, FailureLimiter::Time now) {
  const auto credentials = split(request.field("authorization"));
  if (!credentials) return unexpected(challenge());
  if (source_counts(request.source)) {
    if (const auto wait = per_source_.blocked(request.source, now)) return unexpected(too_many(*wait));
  }
  static const std::string kKey = store::random_octets(32);  // no digest of a password stays in memory without it
  const Sha256 key = store::hmac_sha256(kKey, request.field("authorization"));
  if (auto principal = known(key, now)) return *principal;
  Attempt answer = unexpected(challenge());
  if (credentials->scheme == "basic") answer = basic(credentials->value, request.source, now);
  if (credentials->scheme == "bearer") answer = bearer(credentials->value, request.source, now);
  if (answer) remember(key, *answer, now);
  return answer;
}

std::optional<store::Principal> Authenticator::known(const Sha256& key, FailureLimiter::Time now) {
  const std::lock_guard lock(known_mutex_);
  const auto found = known_.find(key);
  if (found == known_.end() || found->second.until <= now) return std::nullopt;
  return found->second.principal;
}

void Authenticator::remember(const Sha256& key, const store::Principal& principal, FailureLimiter::Time now) {
  const std::lock_guard lock(known_mutex_);
  if (known_.size() >= kMostKnown) std::erase_if(known_, [&](const auto& one) { return one.second.until <= now; });
  if (known_.size() < kMostKnown) known_.insert_or_assign(key, Known{principal, now + kGrace});
}

Attempt Authenticator::basic(std::string_view encoded, const std::string& source, FailureLimiter::Time now) {
  const auto decoded = unbase64(encoded);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos || !is_plain_text(*decoded)) return unexpected(challenge());
  const std::string name = decoded->substr(0, colon);
  const std::string key = source + "\n" + ascii_lower(trim(name));
  if (const auto wait = per_user_.blocked(key, now)) return unexpected(too_many(*wait));
  if (auto principal = check_.basic(name, std::string_view(*decoded).substr(colon + 1))) {
    per_user_.succeeded(key);
    return *principal;
  }
  per_user_.failed(key, now);
  per_source_.failed(source, now);
  service::log_info("login_failed", {{"source", source}, {"user", name}});
  return unexpected(challenge());
}

// A token's secret is random: guessing it is hopeless, and counting per source is enough to keep the store in peace.
Attempt Authenticator::bearer(std::string_view token, const std::string& source, FailureLimiter::Time now) {
  if (is_plain_text(token)) {
    if (auto principal = check_.bearer(token)) return *principal;
  }
  per_source_.failed(source, now);
  service::log_info("token_refused", {{"source", source}});
  return unexpected(challenge(R"(, error="invalid_token")"));
}

Attempt Authenticator::authenticate_ticket(std::string_view ticket, const http::Request& request,
                                           FailureLimiter::Time now) {
  if (source_counts(request.source)) {
    if (const auto wait = per_source_.blocked(request.source, now)) return unexpected(too_many(*wait));
  }
  if (check_.ticket && is_plain_text(ticket)) {
    if (auto principal = check_.ticket(ticket)) return *principal;
  }
  per_source_.failed(request.source, now);
  service::log_info("ticket_refused", {{"source", request.source}});
  return unexpected(challenge());
}

}  // namespace waxseal::jmapd
