// The schedule of fetches, with a sink that believes what it is told.
#include "reverify/fetch_round.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/database.h"
#include "support/responder.h"

namespace waxseal::reverify {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr Seconds kHour{3600}, kDay{24 * 3600};
const Time kNow = from_epoch(1'800'000'000);

TEST(RefreshTime, IsTheMiddleOfALifeWithATenthOfJitter) {  // NET-11
  const Time next = refresh_time(kNow, kNow + 20 * kHour, kNow, "seed");
  EXPECT_GE(next, kNow + 8 * kHour);
  EXPECT_LE(next, kNow + 12 * kHour);
  EXPECT_EQ(next, refresh_time(kNow, kNow + 20 * kHour, kNow, "seed"));
  EXPECT_NE(next, refresh_time(kNow, kNow + 20 * kHour, kNow, "another"));
}

TEST(RefreshTime, AListOfAMonthIsLookedAtEveryDay) {
  EXPECT_EQ(refresh_time(kNow, kNow + 30 * kDay, kNow, "x"), kNow + kDay);
}

TEST(RefreshTime, NeverLessThanAnHourBeforeTheEndButNeverMoreOftenThanAQuarterOfAnHour) {
  EXPECT_LE(refresh_time(kNow - 10 * kHour, kNow + 2 * kHour, kNow, "x"), kNow + kHour);
  EXPECT_EQ(refresh_time(kNow - 10 * kHour, kNow + Seconds(60), kNow, "x"), kNow + Seconds(900));
  EXPECT_EQ(refresh_time(kNow - 10 * kDay, kNow - kDay, kNow, "x"), kNow + Seconds(900));  // stale already
  EXPECT_EQ(refresh_time(kNow, kNow - kDay, kNow, "x"), kNow + Seconds(900));              // nonsense
}

TEST(RefreshTime, WithoutNextUpdateItIsADay) {  // NET-11
  const Time next = refresh_time(kNow, {}, kNow, "x");
  EXPECT_GE(next, kNow + 9 * kHour);
  EXPECT_LE(next, kNow + 15 * kHour);
}

class Loopback final : public fetch::Resolver {
 public:
  Result<std::vector<fetch::IpAddress>, fetch::Failure> resolve(const std::string&, fetch::Deadline) override {
    return std::vector{fetch::IpAddress::parse("127.0.0.1").value()};
  }
};

// "fault: ..." is refused; anything else is a list that lives for a day.
class Sink final : public FetchSink {
 public:
  fetch::Request request(const store::FetchTarget& target) override { return {.url = target.url}; }
  Acceptance accept(const store::FetchTarget&, Octets octets, Time now) override {
    ++accepted;
    if (octets.starts_with("fault")) return {{}, {}, std::string(octets)};
    return {now, now + kDay, ""};
  }
  void failed(const store::FetchTarget&, const fetch::Failure&, Time) override { ++failures; }
  void current(const store::FetchTarget&, Time) override { ++still_current; }
  std::atomic<int> accepted = 0, failures = 0, still_current = 0;
};

class Rounds : public testing::Test {
 protected:
  Rounds() { set_options(true); }
  void set_options(bool allowed) {
    fetch::Options options;
    options.urls.ports = {static_cast<std::uint16_t>(server_.port())};
    if (allowed) options.urls.allow_hosts = {"pki.example.test"};
    options.crl_deadline = Seconds(1);
    fetcher_ = std::make_unique<fetch::Fetcher>(options, resolver_, clock_);
  }
  FetchReport round() { return FetchRound(*database_, *fetcher_, sink_, clock_).run_once(); }
  void want(const std::string& path, Seconds valid = 365 * kDay) {
    store::want_fetches(*database_, {{.url = server_.url(path), .until = clock_.now() + valid}}, clock_.now());
  }
  store::FetchRow row() { return store::list_fetches(*database_).at(0); }

  test::TestDatabase database_;
  test::Responder server_;
  Loopback resolver_;
  ManualClock clock_{kNow};
  Sink sink_;
  std::unique_ptr<fetch::Fetcher> fetcher_;
};

TEST_F(Rounds, WhatIsWantedIsFetchedOnceAndAgainInTheMiddleOfItsLife) {  // NET-10, NET-11
  server_.serve("/a", {.body = "list", .etag = "\"1\""});
  want("/a");
  want("/a");
  EXPECT_EQ(round().fetched, 1u);
  EXPECT_EQ(round().fetched, 0u);
  const Time next = *row().next_fetch_at;
  EXPECT_EQ(store::next_fetch_due(*database_, clock_.now()), next);
  clock_.set(next);
  EXPECT_EQ(round().fetched, 1u);
  EXPECT_EQ(server_.connections(), 2u);
  EXPECT_EQ(sink_.accepted, 1);  // the second time it was 304
  EXPECT_EQ(sink_.still_current, 1);
  EXPECT_EQ(server_.heard().at(1).fields.at("if-none-match"), "\"1\"");
}

TEST_F(Rounds, AFailureIsTriedAgainWithBackOff) {
  want("/missing");
  const int minutes[] = {1, 2, 5, 15, 60, 60};
  for (const int each : minutes) {
    EXPECT_EQ(round().failed, 1u);
    const Seconds delay = *row().next_fetch_at - clock_.now();
    EXPECT_GE(delay, Seconds(each * 60));
    EXPECT_LE(delay, Seconds(each * 66));
    EXPECT_EQ(round().failed, 0u);
    set_options(true);  // another process: it knows of the failures from the database
    clock_.advance(delay);
  }
  EXPECT_EQ(row().failures, 6);
  server_.serve("/missing", {.body = "list"});
  EXPECT_EQ(round().fetched, 1u);
  EXPECT_EQ(row().failures, 0);
  EXPECT_EQ(row().last_error, "");
}

TEST_F(Rounds, WhatIsNoEvidenceCountsAsAFailure) {
  server_.serve("/a", {.body = "fault: wrong signer"});
  want("/a");
  EXPECT_EQ(round().not_accepted, 1u);
  EXPECT_EQ(row().last_error, "fault: wrong signer");
  EXPECT_EQ(row().failures, 1);
  EXPECT_LE(*row().next_fetch_at, clock_.now() + Seconds(66));
}

TEST_F(Rounds, ARefusalLastsUntilTheConfigurationChanges) {  // NET-12
  set_options(false);
  want("/a");
  EXPECT_EQ(round().failed, 1u);
  EXPECT_EQ(row().next_fetch_at, std::nullopt);
  EXPECT_THAT(row().last_error, testing::HasSubstr("address_refused"));
  clock_.advance(10 * kDay);
  EXPECT_EQ(round().failed, 0u);
  EXPECT_EQ(server_.connections(), 0u);
  server_.serve("/a", {.body = "list"});
  set_options(true);
  EXPECT_EQ(round().fetched, 1u);
}

TEST_F(Rounds, NothingIsFetchedForExpiredCertificates) {  // NET-02
  want("/a", kHour);
  clock_.advance(kHour);
  const FetchReport report = round();
  EXPECT_EQ(report.fetched + report.failed, 0u);
  EXPECT_EQ(server_.connections(), 0u);
  EXPECT_EQ(store::next_fetch_due(*database_, clock_.now()), std::nullopt);
}

TEST_F(Rounds, WhatNobodyNamesIsForgotten) {  // NET-15
  server_.serve("/", {.body = "list"});
  want("/a");
  clock_.advance(Seconds(89 * 86400));
  want("/b");
  round();
  EXPECT_THAT(store::list_fetches(*database_), SizeIs(2));
  clock_.advance(Seconds(2 * 86400));
  round();
  ASSERT_THAT(store::list_fetches(*database_), SizeIs(1));
  EXPECT_EQ(row().url, server_.url("/b"));
}

TEST_F(Rounds, TwoProcessesFetchAUrlOnce) {  // NET-13
  server_.serve("/", {.make = [](const test::HeardRequest&) {
                  std::this_thread::sleep_for(std::chrono::milliseconds(50));
                  return std::string("list");
                }});
  for (int i = 0; i < 10; ++i) want('/' + std::to_string(i));
  fetch::Fetcher other(fetcher_->options(), resolver_, clock_);
  std::size_t there = 0;
  std::thread second([&] { there = FetchRound(*database_, other, sink_, clock_).run_once().fetched; });
  const std::size_t here = round().fetched;
  second.join();
  EXPECT_EQ(here + there, 10u);
  EXPECT_EQ(server_.connections(), 10u);
}

TEST_F(Rounds, ADeadProcessHoldsAUrlForTheLeaseOnly) {
  server_.serve("/a", {.body = "list"});
  want("/a");
  const auto claimed = store::claim_due_fetches(*database_, clock_.now(), kFetchLease, 10);
  EXPECT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(round().fetched, 0u);
  clock_.advance(kFetchLease);
  EXPECT_EQ(round().fetched, 1u);
  // ... and if it was only slow, its result comes too late.
  store::record_fetch_failure(*database_, claimed[0], "late", clock_.now(), "");
  EXPECT_EQ(row().failures, 0);
}

}  // namespace
}  // namespace waxseal::reverify
