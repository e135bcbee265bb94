#include "milter/rules.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "delivery/limiter.h"
#include "milter/heartbeat.h"

namespace waxseal::milter {
namespace {

using namespace std::chrono_literals;

bool skips(const Rules& rules, const char* address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &name.sin_addr);
  return rules.skips_client(reinterpret_cast<const sockaddr*>(&name));
}

TEST(Rules, ClientsAreNetworksAddressesAndTheMachineItself) {
  service::Config::Milter settings;
  settings.skip_clients = {"10.1.0.0/16", "192.0.2.7"};
  const Rules rules(settings);
  EXPECT_TRUE(rules.need_client());
  EXPECT_TRUE(skips(rules, "10.1.255.1"));
  EXPECT_FALSE(skips(rules, "10.2.0.1"));
  EXPECT_TRUE(skips(rules, "192.0.2.7"));
  EXPECT_FALSE(skips(rules, "192.0.2.8"));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  EXPECT_FALSE(rules.skips_client(reinterpret_cast<const sockaddr*>(&six)));
  EXPECT_FALSE(rules.skips_client(nullptr));
  EXPECT_FALSE(rules.trusts_client(nullptr));
  settings.skip_clients = {"local"};
  sockaddr_un socket{};
  socket.sun_family = AF_UNIX;
  EXPECT_TRUE(Rules(settings).skips_client(nullptr));
  EXPECT_TRUE(Rules(settings).skips_client(reinterpret_cast<const sockaddr*>(&socket)));
  EXPECT_FALSE(skips(Rules(settings), "127.0.0.1"));
  EXPECT_FALSE(Rules().need_client());
}

TEST(Rules, AWrongClientIsNamed) {
  service::Config::Milter settings;
  settings.trusted_clients = {"10.1.0.1/16"};
  EXPECT_THROW(Rules{settings}, std::runtime_error);
}

TEST(Rules, AddressesMatchWholeDomainsOnly) {
  service::Config::Milter settings;
  settings.skip_senders = {"joe@Example.net", "example.org", ".example.com"};
  const Rules rules(settings);
  for (const char* const yes :
       {"joe@example.net", "Joe@EXAMPLE.net", "x@example.org", "x@a.example.com", "x@b.a.example.com"})
    EXPECT_TRUE(rules.skips_sender(yes)) << yes;
  for (const char* const no : {"jim@example.net", "x@a.example.org", "x@notexample.org", "x@example.com",
                               "x@xexample.com", "", "example.org", "x@"})
    EXPECT_FALSE(rules.skips_sender(no)) << no;
  EXPECT_FALSE(rules.skips_recipient("joe@example.net"));
}

TEST(Limiter, WhoFindsNoPlaceInTimeHasNone) {
  delivery::Limiter limiter(1);
  const auto soon = [] { return std::chrono::steady_clock::now() + 10ms; };
  auto first = limiter.enter(soon());
  ASSERT_TRUE(first);
  EXPECT_FALSE(limiter.enter(soon()));
  first.reset();
  EXPECT_TRUE(limiter.enter(soon()));
}

TEST(Limiter, WithoutADeadlineOneWaitsUntilAPlaceIsFree) {
  delivery::Limiter limiter(1);
  auto first = limiter.enter();
  std::atomic<bool> entered = false;
  std::thread other([&] { entered = limiter.enter().has_value(); });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(entered);
  first.reset();
  other.join();
  EXPECT_TRUE(entered);
}

TEST(Heartbeat, BeatsUntilItIsStoppedAndNeverAfterwards) {
  Heartbeat heartbeat(20ms);
  std::atomic<int> quick = 0, slow = 0;
  {
    const Heartbeat::Beat gone(heartbeat, [&] { ++quick; });
  }
  Heartbeat::Beat beat(heartbeat, [&] { ++slow; });
  while (slow < 3) std::this_thread::sleep_for(5ms);
  beat.stop();
  const int then = slow;
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(slow, then);
  EXPECT_EQ(quick, 0);
}

TEST(Heartbeat, StoppingWaitsForTheTellingThatHasBegun) {
  Heartbeat heartbeat(10ms);
  std::atomic<bool> begun = false, ended = false;
  Heartbeat::Beat beat(heartbeat, [&] {
    begun = true;
    std::this_thread::sleep_for(30ms);
    ended = true;
  });
  const Heartbeat::Beat other(heartbeat, [] {});
  while (!begun) std::this_thread::sleep_for(1ms);
  beat.stop();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace waxseal::milter
