#include "base/clock.h"

#include <gtest/gtest.h>

namespace waxseal {
namespace {

TEST(FormatUtcDate, WritesSecondsAndZ) {  // TIM-13
  EXPECT_EQ(format_utc_date(from_epoch(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_utc_date(from_epoch(1780272000)), "2026-06-01T00:00:00Z");
  EXPECT_EQ(format_utc_date(from_epoch(-1)), "1969-12-31T23:59:59Z");
}

TEST(FormatUtcDate, ClampsWhatFourDigitsCannotHold) {
  EXPECT_EQ(format_utc_date(from_epoch(400'000'000'000)), "9999-12-31T23:59:59Z");
}

TEST(ParseDateTime, ReadsEveryZone) {
  struct Row {
    const char* text;
    std::int64_t epoch;
  };
  for (const Row& row : {Row{"2026-06-01T00:00:00Z", 1780272000}, Row{"2026-06-01T02:00:00+02:00", 1780272000},
                         Row{"2026-05-31T18:30:00-05:30", 1780272000}, Row{"2026-06-01t00:00:00.999z", 1780272000},
                         Row{"2024-02-29T23:59:60Z", 1709251200}}) {
    const auto time = parse_date_time(row.text);
    ASSERT_TRUE(time) << row.text;
    EXPECT_EQ(to_epoch(*time), row.epoch) << row.text;
  }
}

TEST(ParseDateTime, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2026-06-01", "2026-06-01T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-06-01T24:00:00Z",
        "2026-06-01T00:60:00Z", "2026-06-01T00:00:00.Z", "2026-06-01T00:00:00+2:00", "2026-06-01T00:00:00Zx", "x026-06-01T00:00:00Z"})
    EXPECT_FALSE(parse_date_time(text)) << text;
}

TEST(ParseDateTime, ReadsBackWhatIsWritten) {
  for (std::int64_t epoch : {-62135596800ll, -1ll, 0ll, 951826154ll, 253402300799ll})
    EXPECT_EQ(to_epoch(*parse_date_time(format_utc_date(from_epoch(epoch)))), epoch);
}

}  // namespace
}  // namespace waxseal
