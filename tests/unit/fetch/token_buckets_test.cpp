// NET-02: issuer certificates are fetched for people whom nobody vouches for yet.
#include "fetch/token_buckets.h"

#include <gtest/gtest.h>

namespace waxseal::fetch {
namespace {

const Time kNow = from_epoch(1'800'000'000);

TEST(TokenBuckets, OneHostHasItsOwnAndTheyComeBack) {
  TokenBuckets buckets(600, 60);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(buckets.take("a.example", kNow), std::nullopt) << i;
  EXPECT_EQ(buckets.take("a.example", kNow), kNow + Seconds(60));
  EXPECT_EQ(buckets.take("b.example", kNow), std::nullopt);
  EXPECT_EQ(buckets.take("a.example", kNow + Seconds(59)), kNow + Seconds(60));
  EXPECT_EQ(buckets.take("a.example", kNow + Seconds(60)), std::nullopt);
  EXPECT_EQ(buckets.take("a.example", kNow + Seconds(60)), kNow + Seconds(120));
}

TEST(TokenBuckets, AllHostsTogetherHaveNoMoreThanTheirs) {
  TokenBuckets buckets(60, 60);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(buckets.take(std::to_string(i), kNow), std::nullopt);
  EXPECT_EQ(buckets.take("another", kNow), kNow + Seconds(60));
}

TEST(TokenBuckets, AFloodOfHostsIsBounded) {
  TokenBuckets buckets(1'000'000'000, 60);
  for (int i = 0; i < 20'000; ++i) EXPECT_EQ(buckets.take(std::to_string(i), kNow), std::nullopt);
}

TEST(TokenBuckets, AClockThatIsSetBackGivesNothing) {
  TokenBuckets buckets(6, 6);
  EXPECT_EQ(buckets.take("a", kNow), std::nullopt);
  EXPECT_NE(buckets.take("a", kNow - Seconds(7200)), std::nullopt);
}

}  // namespace
}  // namespace waxseal::fetch
