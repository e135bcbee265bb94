#include "fetch/back_off.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace waxseal::fetch {

namespace {

constexpr std::size_t kMostEntries = 16'384;
constexpr int kBreakerAfter = 4;  // failures in a row of one host, whatever the URL

bool of_the_host(FailureKind kind) {
  return kind == FailureKind::kConnection || kind == FailureKind::kTimeout || kind == FailureKind::kName;
}

}  // namespace

Seconds retry_delay(int failures, std::string_view seed) {
  constexpr std::array<int, 5> kMinutes = {1, 2, 5, 15, 60};
  const auto step = static_cast<std::size_t>(std::clamp(failures, 1, static_cast<int>(kMinutes.size())) - 1);
  const int delay = kMinutes[step] * 60;
  const int jitter = sha256(std::string(seed) + '#' + std::to_string(failures)).octets[0] * delay / 2560;
  return Seconds(delay + jitter);
}

std::optional<Failure> BackOff::held_back(const std::string& url, const std::string& host, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto held = [&](const std::map<std::string, Entry>& entries, const std::string& key,
                        const char* detail) -> std::optional<Failure> {
    const auto found = entries.find(key);
    if (found == entries.end()) return std::nullopt;
    const Entry& entry = found->second;
    if (entry.until && *entry.until <= now) return std::nullopt;
    if (!entry.until) return Failure{entry.kind, "refused before", std::nullopt};
    return Failure{FailureKind::kHeldBack, detail, entry.until};
  };
  if (auto failure = held(urls_, url, "failed a short time ago")) return failure;
  return held(hosts_, host, "its host failed several times a short time ago");
}

Failure BackOff::note(const std::string& url, const std::string& host, Failure failure, Time now, int before) {
  const std::lock_guard lock(mutex_);
  if (our_own(failure.kind)) {
    if (!failure.retry_at) failure.retry_at = now + retry_delay(1, url);
    return failure;
  }
  make_room(urls_, now);
  make_room(hosts_, now);
  Entry& entry = urls_[url];
  entry.failures = std::max(entry.failures, before) + 1;
  entry.kind = failure.kind;
  entry.until = permanent(failure.kind) ? std::nullopt : std::optional(now + retry_delay(entry.failures, url));
  failure.retry_at = entry.until;
  if (of_the_host(failure.kind)) {
    Entry& breaker = hosts_[host];
    ++breaker.failures;
    const int beyond = breaker.failures - kBreakerAfter + 1;
    breaker.until = beyond > 0 ? now + retry_delay(beyond, host) : now;
  }
  return failure;
}

void BackOff::succeeded(const std::string& url, const std::string& host) {
  const std::lock_guard lock(mutex_);
  urls_.erase(url);
  hosts_.erase(host);
}

// Precondition: locked.  What is over goes first; if that is not enough, the answer to a flood is to forget.
void BackOff::make_room(std::map<std::string, Entry>& entries, Time now) {
  if (entries.size() < kMostEntries) return;
  std::erase_if(entries, [&](const auto& each) { return each.second.until && *each.second.until <= now; });
  if (entries.size() >= kMostEntries) entries.clear();
}

}  // namespace waxseal::fetch
