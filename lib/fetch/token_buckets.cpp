#include "fetch/token_buckets.h"

#include <algorithm>

namespace waxseal::fetch {

namespace {

constexpr std::size_t kMostHosts = 4096;
constexpr std::int64_t kToken = 3600;
constexpr std::int64_t kMostAnHour = 1'000'000;

std::int64_t rate(std::size_t per_hour) {
  return static_cast<std::int64_t>(std::clamp<std::size_t>(per_hour, 1, kMostAnHour));
}

std::int64_t capacity(std::size_t per_hour) {
  return std::max(kToken, rate(per_hour) * kToken / 6);
}

Seconds until_token(std::int64_t credit, std::size_t per_hour) {
  const std::int64_t missing = std::max<std::int64_t>(0, kToken - credit);
  return Seconds((missing + rate(per_hour) - 1) / rate(per_hour));
}

}  // namespace

TokenBuckets::Bucket TokenBuckets::filled(const Bucket& bucket, std::size_t per_hour, Time now) {
  const std::int64_t passed = std::clamp<std::int64_t>((now - bucket.at).count(), 0, kToken);
  return {std::min(capacity(per_hour), bucket.credit + passed * rate(per_hour)), now};
}

// Precondition: locked.  Full buckets say nothing; if that is not enough, everybody begins again.
void TokenBuckets::make_room(Time now) {
  if (hosts_.size() < kMostHosts) return;
  std::erase_if(hosts_, [&](const auto& each) {
    return filled(each.second, per_hour_and_host_, now).credit >= capacity(per_hour_and_host_);
  });
  if (hosts_.size() >= kMostHosts) hosts_.clear();
}

std::optional<Time> TokenBuckets::take(const std::string& host, Time now) {
  const std::lock_guard lock(mutex_);
  make_room(now);
  if (!all_) all_ = Bucket{capacity(per_hour_), now};
  Bucket& all = *all_;
  Bucket& one = hosts_.try_emplace(host, Bucket{capacity(per_hour_and_host_), now}).first->second;
  all = filled(all, per_hour_, now);
  one = filled(one, per_hour_and_host_, now);
  if (all.credit < kToken || one.credit < kToken)
    return now + std::max(until_token(all.credit, per_hour_), until_token(one.credit, per_hour_and_host_));
  all.credit -= kToken;
  one.credit -= kToken;
  return std::nullopt;
}

}  // namespace waxseal::fetch
