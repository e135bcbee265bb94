#include "fetch/fetcher.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "fetch/back_off.h"
#include "fetch/gate.h"
#include "fetch/token_buckets.h"

namespace waxseal::fetch {

namespace {

constexpr int kMostRedirects = 3;          // NET-06
constexpr std::size_t kMostAddresses = 8;  // NET-04
constexpr std::size_t kMostGetCharacters = 255;

struct Bounds {
  std::size_t octets;
  Seconds deadline;
};
Bounds bounds_of(Kind kind, const Options& options) {
  switch (kind) {
    case Kind::kCrl:
      return {options.crl_octets, options.crl_deadline};
    case Kind::kOcsp:
      return {options.ocsp_octets, options.ocsp_deadline};
    case Kind::kAia:
      return {options.aia_octets, options.aia_deadline};
  }
  return {options.ocsp_octets, options.ocsp_deadline};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// RFC 9110 section 15.4: after the others a POST becomes a GET, which is another request.
bool keeps_the_method(int status) {
  return status == 307 || status == 308;
}

Unexpected<Failure> fail(FailureKind kind, std::string detail) {
  return {Failure{kind, std::move(detail), {}}};
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '+')
      out += "%2B";
    else if (c == '/')
      out += "%2F";
    else if (c == '=')
      out += "%3D";
    else
      out += c;
  }
  return out;
}

// One fetch that others wait for.
struct Flight {
  std::condition_variable landed;
  std::optional<Result<Fetched, Failure>> result;
};

}  // namespace

Request ocsp_request(std::string_view responder_url, Octets der) {
  Request out{.kind = Kind::kOcsp, .url = std::string(responder_url), .body = {}, .content_type = {}, .validators = {}};
  const std::string encoded = percent_encoded(base64(der));
  if (encoded.size() <= kMostGetCharacters && out.url.find('?') == out.url.npos) {
    if (!out.url.ends_with('/')) out.url += '/';
    out.url += encoded;
  } else {
    out.body = std::string(der);
    out.content_type = "application/ocsp-request";
  }
  return out;
}

struct Fetcher::State {
  State(Options chosen, Resolver& names, const Clock& time, std::function<bool()> asked_to_stop)
      : options(std::move(chosen)),
        resolver(names),
        clock(time),
        stop(std::move(asked_to_stop)),
        gate(options.most_at_once, options.most_per_host, options.most_waiting),
        aia_tokens(options.aia_per_hour, options.aia_per_hour_and_host) {
    if (!options.proxy.empty()) proxy = parse_proxy(options.proxy).value();
  }

  Result<Fetched, Failure> single_flight(const Request& request);
  Result<Fetched, Failure> attempt(const Request& request);
  Result<Fetched, Failure> follow(const Request& request, Url url, Deadline deadline);
  Result<Fetched, Failure> finish(const Request& request, Reply reply) const;
  Result<std::vector<IpAddress>, Failure> vetted_addresses(const Url& url, bool first, Deadline deadline);
  const char* aia_refusal(Kind kind, const std::string& host) const;
  bool reachable(const Url& url, const IpAddress& address, bool first, const std::vector<IpAddress>& own) const;

  const Options options;
  Resolver& resolver;
  const Clock& clock;
  const std::function<bool()> stop;
  std::optional<Url> proxy;
  Gate gate;
  TokenBuckets aia_tokens;
  BackOff back_off;
  std::atomic<std::uint64_t> connections = 0;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Flight>> flights;
};

// NET-02: why an issuer certificate is not fetched from that host, whatever its address.
const char* Fetcher::State::aia_refusal(Kind kind, const std::string& host) const {
  if (kind != Kind::kAia || options.aia == AiaMode::kGuarded) return nullptr;
  if (options.aia == AiaMode::kOff) return "issuer certificates are not fetched (fetch.aia)";
  return is_one_of(options.aia_hosts, host) ? nullptr : "the host is not one of fetch.aia_hosts";
}

// NET-04.  Exceptions for private PKIs do not hold for a place that a redirect chose (NET-06), unless it is the same
// host again.
bool Fetcher::State::reachable(const Url& url, const IpAddress& address, bool may_be_private,
                               const std::vector<IpAddress>& own) const {
  if (may_be_private) {
    if (options.urls.private_host(url.host)) return true;
    for (const Network& net : options.allow_nets)
      if (net.contains(address)) return true;
  }
  return globally_routable(address) && std::find(own.begin(), own.end(), address) == own.end();
}

Result<std::vector<IpAddress>, Failure> Fetcher::State::vetted_addresses(const Url& url, bool may_be_private,
                                                                         Deadline deadline) {
  if (proxy) return resolver.resolve(proxy->host, deadline);  // the proxy resolves, and must filter (NET-05)
  auto addresses = resolver.resolve(url.host, deadline);
  if (!addresses) return addresses;
  const std::vector<IpAddress> own = own_addresses();
  for (const IpAddress& address : *addresses)
    if (!reachable(url, address, may_be_private, own))
      return fail(FailureKind::kAddress, url.host + " leads to " + address.text() +
                                             ", which is not a public address (fetch.allow_nets, fetch.allow_hosts)");
  if (addresses->size() > kMostAddresses) addresses->resize(kMostAddresses);
  return addresses;
}

Result<Fetched, Failure> Fetcher::State::finish(const Request& request, Reply reply) const {
  if (reply.status == 200) return Fetched{false, std::move(reply.body), std::move(reply.validators)};
  if (reply.status == 304 && request.validators.any()) return Fetched{true, {}, request.validators};
  return fail(FailureKind::kStatus, "the server answered " + std::to_string(reply.status));
}

Result<Fetched, Failure> Fetcher::State::follow(const Request& request, Url url, Deadline deadline) {
  const std::string origin = url.host;
  for (int hop = 0;; ++hop) {
    auto place = gate.enter(url.host, deadline);
    if (!place) return Unexpected<Failure>{place.error()};
    const auto addresses = vetted_addresses(url, url.host == origin, deadline);
    if (!addresses) return Unexpected<Failure>{addresses.error()};
    auto reply = exchange({.url = url,
                           .addresses = *addresses,
                           .proxy = proxy,
                           .body = request.body,
                           .content_type = request.content_type,
                           .validators = request.validators,
                           .most_octets = bounds_of(request.kind, options).octets,
                           .deadline = deadline,
                           .connect_timeout = options.connect_timeout,
                           .stop = stop},
                          connections);
    if (!reply) return Unexpected<Failure>{reply.error()};
    if (!is_redirect(reply->status)) return finish(request, *std::move(reply));
    if (hop == kMostRedirects) return fail(FailureKind::kRedirect, "more than three redirects");
    if (!request.body.empty() && !keeps_the_method(reply->status))
      return fail(FailureKind::kRedirect, "a POST would become a GET");
    auto next = parse_location(reply->location, url, options.urls);
    if (!next) return fail(FailureKind::kRedirect, "redirected to a URL that is refused: " + next.error());
    if (const char* refusal = aia_refusal(request.kind, next->host)) return fail(FailureKind::kRedirect, refusal);
    url = *std::move(next);
  }
}

Result<Fetched, Failure> Fetcher::State::attempt(const Request& request) {
  const Time now = clock.now();
  auto url = parse_url(request.url, options.urls);
  if (!url) return fail(FailureKind::kUrl, url.error());
  const std::string key = url->text(), host = url->host;
  if (const char* refusal = aia_refusal(request.kind, host)) return fail(FailureKind::kUrl, refusal);
  if (auto held = back_off.held_back(key, host, now)) return Unexpected<Failure>{*std::move(held)};
  if (const auto later = request.kind == Kind::kAia ? aia_tokens.take(host, now) : std::nullopt)
    return Unexpected<Failure>{{FailureKind::kBusy, "too many issuer certificates were fetched of late", later}};
  const Deadline deadline = std::chrono::steady_clock::now() + bounds_of(request.kind, options).deadline;
  auto result = follow(request, *std::move(url), deadline);
  if (!result) return Unexpected<Failure>{back_off.note(key, host, result.error(), now, request.failures_before)};
  back_off.succeeded(key, host);
  return result;
}

Result<Fetched, Failure> Fetcher::State::single_flight(const Request& request) {
  const std::string key = request.url + '\n' + request.body;
  std::unique_lock lock(mutex);
  if (const auto found = flights.find(key); found != flights.end()) {
    const std::shared_ptr<Flight> flight = found->second;
    const auto patience = bounds_of(request.kind, options).deadline;
    if (flight->landed.wait_for(lock, patience, [&] { return flight->result.has_value(); })) return *flight->result;
    return Unexpected<Failure>{{FailureKind::kBusy, "the same URL is being fetched", clock.now() + Seconds(60)}};
  }
  const auto flight = flights[key] = std::make_shared<Flight>();
  lock.unlock();
  std::optional<Result<Fetched, Failure>> result;
  try {
    result = attempt(request);
  } catch (...) {  // out of memory: who waits must not wait for ever
    result = fail(FailureKind::kBusy, "out of memory");
  }
  lock.lock();
  flight->result = result;
  flights.erase(key);
  flight->landed.notify_all();
  return *std::move(result);
}

Fetcher::Fetcher(Options options, Resolver& resolver, const Clock& clock, std::function<bool()> stop)
    : state_(std::make_unique<State>(std::move(options), resolver, clock, std::move(stop))) {}

Fetcher::~Fetcher() = default;

Result<Fetched, Failure> Fetcher::fetch(const Request& request) {
  return state_->single_flight(request);
}

const Options& Fetcher::options() const {
  return state_->options;
}

std::uint64_t Fetcher::connections() const {
  return state_->connections;
}

}  // namespace waxseal::fetch
