// Fetches what is due and hands it to whoever judges it (NET-10..15).  The store decides when, lib/fetch how, the sink
// whether what came is evidence.
#pragma once

#include <functional>

#include "fetch/fetcher.h"
#include "store/fetch_schedule.h"

namespace waxseal::reverify {

inline constexpr Seconds kFetchLease{120};            // longer than any fetch
inline constexpr Seconds kWantedFor{90 * 24 * 3600};  // NET-15

// When an object of these dates is fetched again (NET-11): in the middle of its life, with a tenth of jitter by `seed`;
// at latest an hour before its end and a day from now, at earliest in 15 minutes.
Time refresh_time(Time this_update, std::optional<Time> next_update, Time now, std::string_view seed);

// What came, judged.  A fault keeps what was there before (NET-10) and is tried again with back-off.
struct Acceptance {
  std::optional<Time> this_update, next_update;
  std::string fault;  // "": accepted
};

class FetchSink {
 public:
  virtual ~FetchSink() = default;
  virtual fetch::Request request(const store::FetchTarget& target) = 0;
  virtual Acceptance accept(const store::FetchTarget& target, Octets octets, Time now) = 0;
  // No octets came; `current`: an earlier fault of this URL is over (304).
  virtual void failed(const store::FetchTarget& target, const fetch::Failure& failure, Time now) = 0;
  virtual void current(const store::FetchTarget& target, Time now) = 0;
};

struct FetchReport {
  std::size_t fetched = 0;       // accepted, or still current
  std::size_t not_accepted = 0;  // came, but is no evidence
  std::size_t failed = 0;
};

class FetchRound {
 public:
  FetchRound(store::Database&, fetch::Fetcher&, FetchSink&, const Clock&);

  // Everything that is due now, several at a time.  Throws store::Unavailable; what was not done stays due.
  FetchReport run_once(const std::function<bool()>& stop = {});

 private:
  void fetch_one(const store::ClaimedFetch& claimed, FetchReport& report);

  store::Database& database_;
  fetch::Fetcher& fetcher_;
  FetchSink& sink_;
  const Clock& clock_;
};

}  // namespace waxseal::reverify
