#include "reverify/fetch_round.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "fetch/back_off.h"

namespace waxseal::reverify {

namespace {

constexpr Seconds kSoonest{15 * 60};
constexpr Seconds kLatest{24 * 3600};
constexpr Seconds kBeforeTheEnd{3600};
constexpr Seconds kWithoutEnd{24 * 3600};

// -10 % to +10 % of `span`, always the same for the same seed.
Seconds jitter(Seconds span, std::string_view seed) {
  const int octet = sha256(seed).octets[0];
  return span * (octet - 128) / 1280;
}

}  // namespace

Time refresh_time(Time this_update, std::optional<Time> next_update, Time now, std::string_view seed) {
  const Time end = next_update.value_or(this_update + kWithoutEnd);
  const Seconds life = std::max(end - this_update, Seconds(0));
  const Time middle = this_update + life / 2 + jitter(life, seed);
  const Time latest = std::min(end - kBeforeTheEnd, now + kLatest);
  return std::max(std::min(middle, latest), now + kSoonest);
}

FetchRound::FetchRound(store::Database& database, fetch::Fetcher& fetcher, FetchSink& sink, const Clock& clock)
    : database_(database), fetcher_(fetcher), sink_(sink), clock_(clock) {}

void FetchRound::fetch_one(const store::ClaimedFetch& claimed, FetchReport& report) {
  const store::FetchTarget& target = claimed.target;
  fetch::Request request = sink_.request(target);
  request.validators = {claimed.etag, claimed.last_modified};
  request.failures_before = claimed.failures;
  const auto result = fetcher_.fetch(request);
  const Time now = clock_.now();
  if (!result) {
    if (!fetch::our_own(result.error().kind)) sink_.failed(target, result.error(), now);
    store::record_fetch_failure(database_, claimed, result.error().text(), result.error().retry_at,
                                fetcher_.options().version());
    ++report.failed;
    return;
  }
  Acceptance acceptance{claimed.this_update, claimed.next_update, ""};
  if (result->not_modified) {
    sink_.current(target, now);
  } else {
    acceptance = sink_.accept(target, result->octets, now);
  }
  if (!acceptance.fault.empty()) {
    const Seconds delay = fetch::retry_delay(claimed.failures + 1, target.url);
    store::record_fetch_failure(database_, claimed, acceptance.fault, now + delay, "");
    ++report.not_accepted;
    return;
  }
  const Time next = refresh_time(acceptance.this_update.value_or(now), acceptance.next_update, now, target.url);
  store::record_fetch(
      database_, claimed,
      {result->validators.etag, result->validators.last_modified, acceptance.this_update, acceptance.next_update, next},
      now);
  ++report.fetched;
}

FetchReport FetchRound::run_once(const std::function<bool()>& stop) {
  store::release_refused_fetches(database_, fetcher_.options().version(), clock_.now());
  store::forget_fetches(database_, clock_.now() - kWantedFor);
  FetchReport total;
  std::mutex mutex;
  std::exception_ptr broken;
  while (!(stop && stop()) && !broken) {
    const auto claimed =
        store::claim_due_fetches(database_, clock_.now(), kFetchLease, fetcher_.options().most_at_once);
    if (claimed.empty()) break;
    std::vector<std::thread> threads;
    for (const store::ClaimedFetch& each : claimed)
      threads.emplace_back([&] {
        FetchReport one;
        std::exception_ptr error;
        try {
          fetch_one(each, one);
        } catch (...) {
          error = std::current_exception();  // the lease is the back-off
        }
        const std::lock_guard lock(mutex);
        total.fetched += one.fetched;
        total.not_accepted += one.not_accepted;
        total.failed += one.failed;
        if (error) broken = error;
      });
    for (std::thread& thread : threads) thread.join();
  }
  if (broken) std::rethrow_exception(broken);
  return total;
}

}  // namespace waxseal::reverify
