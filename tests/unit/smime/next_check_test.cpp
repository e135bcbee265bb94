#include "smime/next_check.h"

#include <gtest/gtest.h>

#include <map>

#include "support/pki.h"

namespace waxseal::smime {
namespace {

const Time kNow = test::default_now();

UnitId unit(int number) {
  return sha256(std::to_string(number));
}

UnitState changing_at(std::optional<Time> when) {
  UnitState state;
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

TEST(NextCheck, AnInternalErrorIsDueAtOnce) {
  UnitState state = changing_at(kNow + Seconds(3600));
  EXPECT_NE(next_check(unit(1), state, kNow), kNow);
  state.codes = {Code::internal_error};
  EXPECT_EQ(next_check(unit(1), state, kNow), kNow);
}

}  // namespace
}  // namespace waxseal::smime
