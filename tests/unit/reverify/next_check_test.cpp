#include <gtest/gtest.h>

#include <map>

#include "reverify/reverifier.h"
#include "support/pki.h"

namespace waxseal::reverify {
namespace {

const Time kNow = test::default_now();

smime::UnitId unit(int number) {
  return sha256(std::to_string(number));
}

smime::UnitState changing_at(std::optional<Time> when) {
  smime::UnitState state;
  state.next_change = when;
  return state;
}

TEST(NextCheck, AChangeThatIsNearIsKeptToTheSecond) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(next_check(unit(i), changing_at(kNow + Seconds(7)), kNow), kNow + Seconds(7));
}

TEST(NextCheck, NothingWaitsLongerThan23Hours) {
  for (int i = 0; i < 1000; ++i) {
    for (const auto& state : {changing_at(std::nullopt), changing_at(kNow + Seconds(365 * 86400))}) {
      EXPECT_LE(next_check(unit(i), state, kNow), kNow + kEvaluationMaxAge);
      EXPECT_GT(next_check(unit(i), state, kNow), kNow + kEvaluationMaxAge - kSpread);
    }
  }
}

TEST(NextCheck, IsTheSameForTheSameUnit) {
  EXPECT_EQ(next_check(unit(1), {}, kNow), next_check(unit(1), {}, kNow));
  EXPECT_NE(next_check(unit(1), {}, kNow), next_check(unit(2), {}, kNow));
}

TEST(NextCheck, TwentyThousandUnitsDoNotFallDueTogether) {
  std::map<Time, int> due;
  for (int i = 0; i < 20'000; ++i) ++due[next_check(unit(i), {}, kNow)];
  int most = 0;
  for (const auto& [time, count] : due) most = std::max(most, count);
  EXPECT_LE(most, 20);  // 2.8 on average
}

TEST(NextCheck, AChangeThatIsPastDoesNotMakeTheUnitDueAtOnce) {
  EXPECT_EQ(next_check(unit(1), changing_at(kNow), kNow), kNow + Seconds(1));
  EXPECT_EQ(next_check(unit(1), changing_at(kNow - Seconds(3600)), kNow), kNow + Seconds(1));
}

}  // namespace
}  // namespace waxseal::reverify
