#include "jmapd/pusher.h"

#include <algorithm>

#include "fetch/back_off.h"
#include "jmapd/method.h"
#include "jmapd/push_encryption.h"
#include "service/log.h"

namespace waxseal::jmapd {
namespace {

constexpr Seconds kLease{120};  // longer than a push may take
constexpr Seconds kPause{1};    // between two pushes to one client: changes in between are one push
constexpr std::size_t kAtOnce = 20;
constexpr std::size_t kMostReply = 64 * 1024;  // nobody reads it

bool is_allowed(const std::string& url, const PushRules& rules) {
  return std::any_of(rules.allow.begin(), rules.allow.end(),
                     [&](const std::string& beginning) { return !beginning.empty() && url.starts_with(beginning); });
}

std::string verification(const store::PushSubscription& subscription) {
  return Json{{"@type", "PushVerification"},
              {"pushSubscriptionId", "p" + std::to_string(subscription.id)},
              {"verificationCode", subscription.verification_code}}
      .dump();
}

// "" if nothing changed that the client wants to know.
std::string state_change(const store::DuePush& due) {
  const auto& names = store::state_types();
  const auto& types = due.subscription.types;
  Json changed = Json::object();
  for (std::size_t i = 0; i < due.states.size(); ++i) {
    const bool wanted = !types || std::find(types->begin(), types->end(), names[i]) != types->end();
    const bool told = i < due.told.size() && due.told[i] == due.states[i];
    if (wanted && !told) changed[names[i]] = due.states[i];
  }
  if (changed.empty()) return "";
  return Json{{"@type", "StateChange"}, {"changed", {{to_wire(due.account), std::move(changed)}}}}.dump();
}

// Every address that the name has must be one of the Internet's, and none of ours.
std::optional<fetch::Failure> objection(const std::vector<fetch::IpAddress>& addresses) {
  const auto own = fetch::own_addresses();
  for (const fetch::IpAddress& address : addresses) {
    if (fetch::globally_routable(address) && std::find(own.begin(), own.end(), address) == own.end()) continue;
    return fetch::Failure{fetch::FailureKind::kAddress, address.text() + " is not a public address", {}};
  }
  return std::nullopt;
}

}  // namespace

Result<fetch::Url> push_url(const std::string& text, const PushRules& rules) {
  fetch::UrlRules urls{.allow_https = true, .ports = {443, 8443}, .allow_hosts = {}};
  if (is_allowed(text, rules)) {
    const std::size_t scheme = text.find("://");
    const std::size_t end = std::min(text.find('/', scheme == text.npos ? 0 : scheme + 3), text.size());
    const std::size_t colon = text.rfind(':', end - 1);
    if (colon != text.npos && colon > scheme) {
      urls.ports.insert(static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10)));
    }
    urls.ports.insert(80);
    const std::size_t host_end = colon != text.npos && colon > scheme ? colon : end;
    if (scheme != text.npos) urls.allow_hosts.push_back(text.substr(scheme + 3, host_end - scheme - 3));
    return fetch::parse_url(text, urls);
  }
  auto url = fetch::parse_url(text, urls);
  if (url && !url->https) return unexpected("the URL must begin with https://");
  return url;
}

Pusher::Pusher(Options options, store::Database& database, const Clock& clock)
    : options_(std::move(options)), database_(database), clock_(clock) {
  if (options_.poll.count() > 0) thread_ = std::thread([this] { run(); });
}

Pusher::~Pusher() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Pusher::wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_ = true;
  }
  woken_.notify_all();
}

void Pusher::run() {
  while (!stopping_) {
    try {
      while (!stopping_ && run_once() == kAtOnce) {
      }
    } catch (const std::exception& error) {  // mostly store::Unavailable: everything stays due
      service::log_warn("push_round_failed", {{"error", error.what()}});
    }
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, options_.poll, [this] { return wake_ || stopping_; });
    wake_ = false;
  }
}

std::size_t Pusher::run_once() {
  const Time now = clock_.now();
  const auto due = store::claim_due_pushes(database_, now, now + kLease, kAtOnce);
  for (const store::DuePush& each : due) {
    if (!stopping_) send(each);
  }
  return due.size();
}

void Pusher::send(const store::DuePush& due) {
  const store::PushSubscription& subscription = due.subscription;
  const std::string message = due.verification ? verification(subscription) : state_change(due);
  if (message.empty()) return store::note_push_sent(database_, due, clock_.now());
  const auto status = post(subscription, message);
  const std::string id = "p" + std::to_string(subscription.id);
  if (status && *status >= 200 && *status < 300) return store::note_push_sent(database_, due, clock_.now() + kPause);
  if (status && (*status == 404 || *status == 410)) {  // RFC 8030 section 7.3: the resource is no more
    service::log_info("push_subscription_gone", {{"subscription", id}, {"status", std::to_string(*status)}});
    return store::drop_push_subscription(database_, due);
  }
  const std::string why = status ? "status " + std::to_string(*status) : status.error().text();
  service::log_info("push_failed", {{"subscription", id}, {"reason", why}});
  store::note_push_failed(database_, due, clock_.now() + fetch::retry_delay(due.failures + 1, subscription.url));
}

Result<int, fetch::Failure> Pusher::post(const store::PushSubscription& subscription, const std::string& message) {
  using fetch::FailureKind;
  const auto url = push_url(subscription.url, options_.rules);
  if (!url) return unexpected(fetch::Failure{FailureKind::kUrl, url.error(), {}});
  const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
  const auto addresses = resolver_.resolve(url->host, deadline);
  if (!addresses) return unexpected(addresses.error());
  if (!is_allowed(subscription.url, options_.rules)) {
    if (const auto refused = objection(*addresses)) return unexpected(*refused);
  }
  fetch::Exchange request{.url = *url, .addresses = *addresses, .content_type = "application/json"};
  request.body = message;
  request.fields = {"TTL: 86400", "Urgency: normal"};
  request.most_octets = kMostReply;
  request.deadline = deadline;
  request.stop = [this] { return stopping_.load(); };
  if (subscription.keys) {
    auto sealed = encrypt_push(*subscription.keys, message);
    if (!sealed) return unexpected(fetch::Failure{FailureKind::kMalformed, "the keys cannot be used", {}});
    request.body = std::move(*sealed);
    request.fields.push_back("Content-Encoding: aes128gcm");
  }
  const auto reply = fetch::exchange(request, connections_);
  if (!reply) return unexpected(reply.error());
  return reply->status;
}

}  // namespace waxseal::jmapd
