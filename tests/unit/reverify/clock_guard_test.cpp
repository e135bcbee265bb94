#include "reverify/clock_guard.h"

#include <gtest/gtest.h>

#include "support/pki.h"

namespace waxseal::reverify {
namespace {

const Time kNow = test::default_now();
const std::chrono::steady_clock::time_point kSteady{};

TEST(ClockGuard, AClockThatGoesOnIsBelieved) {
  ClockGuard guard;
  EXPECT_TRUE(guard.trustworthy(kNow, kSteady));
  EXPECT_TRUE(guard.trustworthy(kNow + Seconds(86400), kSteady));
}

TEST(ClockGuard, FiveMinutesBackAreCorrection) {  // TIM-12
  ClockGuard guard;
  guard.trustworthy(kNow, kSteady);
  EXPECT_TRUE(guard.trustworthy(kNow - kClockTolerance, kSteady));
  EXPECT_FALSE(guard.trustworthy(kNow - kClockTolerance - Seconds(1), kSteady));
}

TEST(ClockGuard, SmallStepsBackDoNotAddUp) {
  ClockGuard guard;
  guard.trustworthy(kNow, kSteady);
  EXPECT_TRUE(guard.trustworthy(kNow - Seconds(200), kSteady));
  EXPECT_FALSE(guard.trustworthy(kNow - Seconds(400), kSteady));
}

TEST(ClockGuard, RoundsGoOnWhenTheClockIsBack) {  // TIM-12
  ClockGuard guard;
  guard.trustworthy(kNow, kSteady);
  EXPECT_FALSE(guard.trustworthy(kNow - Seconds(7200), kSteady));
  EXPECT_TRUE(guard.trustworthy(kNow + Seconds(1), kSteady));
}

TEST(ClockGuard, AfterAnHourTheNewTimeIsBelieved) {
  ClockGuard guard;
  guard.trustworthy(kNow, kSteady);
  const Time wrong = kNow - Seconds(86400);
  EXPECT_FALSE(guard.trustworthy(wrong, kSteady));
  EXPECT_FALSE(guard.trustworthy(wrong, kSteady + kLongestSuspension - Seconds(1)));
  EXPECT_TRUE(guard.trustworthy(wrong, kSteady + kLongestSuspension));
  EXPECT_TRUE(guard.trustworthy(wrong + Seconds(1), kSteady + kLongestSuspension));
}

TEST(ClockGuard, AMachineWithoutATimeJudgesNothing) {  // TIM-12
  ClockGuard guard;
  EXPECT_FALSE(guard.trustworthy(from_epoch(0), kSteady));
  EXPECT_FALSE(guard.trustworthy(from_epoch(0), kSteady + std::chrono::hours(100)));
}

}  // namespace
}  // namespace waxseal::reverify
