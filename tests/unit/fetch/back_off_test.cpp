#include "fetch/back_off.h"

#include <gtest/gtest.h>

namespace waxseal::fetch {
namespace {

const Time kNow = from_epoch(1'800'000'000);
const Failure kReset{FailureKind::kConnection, "reset", {}};

TEST(RetryDelay, GrowsToAnHourWithATenthOfJitter) {  // NET-12
  constexpr int kMinutes[] = {1, 2, 5, 15, 60, 60, 60};
  for (int failures = 1; failures <= 7; ++failures) {
    const int least = kMinutes[failures - 1] * 60;
    const auto delay = retry_delay(failures, "http://a.example/").count();
    EXPECT_GE(delay, least);
    EXPECT_LE(delay, least * 11 / 10);
  }
  EXPECT_EQ(retry_delay(0, "x") / 66, retry_delay(1, "x") / 66);
  EXPECT_NE(retry_delay(5, "http://a.example/"), retry_delay(5, "http://b.example/"));
}

TEST(BackOff, HoldsAUrlUntilItsTime) {
  BackOff back_off;
  EXPECT_FALSE(back_off.held_back("u", "h", kNow));
  const Failure noted = back_off.note("u", "h", kReset, kNow, 0);
  ASSERT_TRUE(noted.retry_at);
  EXPECT_EQ(*noted.retry_at, kNow + retry_delay(1, "u"));
  EXPECT_EQ(back_off.held_back("u", "h", *noted.retry_at - Seconds(1))->kind, FailureKind::kHeldBack);
  EXPECT_FALSE(back_off.held_back("u", "h", *noted.retry_at));
  EXPECT_FALSE(back_off.held_back("v", "h", kNow));  // another URL of the host
}

TEST(BackOff, GoesOnFromWhatTheCallerRemembers) {
  BackOff back_off;
  EXPECT_EQ(*back_off.note("u", "h", kReset, kNow, 3).retry_at, kNow + retry_delay(4, "u"));
  EXPECT_EQ(*back_off.note("u", "h", kReset, kNow, 0).retry_at, kNow + retry_delay(5, "u"));
  back_off.succeeded("u", "h");
  EXPECT_EQ(*back_off.note("u", "h", kReset, kNow, 0).retry_at, kNow + retry_delay(1, "u"));
}

TEST(BackOff, ARefusalForWhatItIsNeverEnds) {
  BackOff back_off;
  EXPECT_FALSE(back_off.note("u", "h", {FailureKind::kAddress, "private", {}}, kNow, 0).retry_at);
  EXPECT_EQ(back_off.held_back("u", "h", kNow + Seconds(400 * 86400))->kind, FailureKind::kAddress);
}

TEST(BackOff, WhatIsOurOwnFaultIsHeldAgainstNobody) {
  BackOff back_off;
  EXPECT_TRUE(back_off.note("u", "h", {FailureKind::kBusy, "", {}}, kNow, 0).retry_at);
  EXPECT_FALSE(back_off.held_back("u", "h", kNow));
}

TEST(BackOff, AHostThatKeepsFailingIsLeftAloneAsAWhole) {
  BackOff back_off;
  for (int i = 0; i < 3; ++i) back_off.note("u" + std::to_string(i), "h", kReset, kNow, 0);
  EXPECT_FALSE(back_off.held_back("new", "h", kNow));
  back_off.note("u3", "h", kReset, kNow, 0);
  EXPECT_EQ(back_off.held_back("new", "h", kNow)->kind, FailureKind::kHeldBack);
  EXPECT_FALSE(back_off.held_back("new", "other", kNow));
  EXPECT_FALSE(back_off.held_back("new", "h", kNow + Seconds(120)));  // half open: one more failure closes it again
  back_off.succeeded("new", "h");
  EXPECT_FALSE(back_off.held_back("newer", "h", kNow));
}

TEST(BackOff, AWrongAnswerIsNotTheHostsFault) {
  BackOff back_off;
  for (int i = 0; i < 20; ++i) back_off.note("u" + std::to_string(i), "h", {FailureKind::kStatus, "404", {}}, kNow, 0);
  EXPECT_FALSE(back_off.held_back("new", "h", kNow));
}

}  // namespace
}  // namespace waxseal::fetch
