#include "service/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace waxseal::service {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

std::string logged(bool json, std::string_view value, Level threshold = Level::kInfo, bool as_journal = false) {
  testing::internal::CaptureStderr();
  if (as_journal) {
    struct stat status {};
    ::fstat(STDERR_FILENO, &status);
    ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino)).c_str(), 1);
  }
  configure_log("test", threshold, json);
  log_info("stored", {{"queue_id", "4F0"}, {"sender", std::string(value)}});
  ::unsetenv("JOURNAL_STREAM");
  return testing::internal::GetCapturedStderr();
}

TEST(Log, OneEventIsOneLineOfKeysAndValues) {
  const std::string line = logged(false, "a@b.example");
  EXPECT_THAT(line, ContainsRegex("^time=[0-9-]+T[0-9:]+Z level=info program=test event=stored queue_id=4F0 "));
  EXPECT_TRUE(line.ends_with(" sender=a@b.example\n")) << line;
}

TEST(Log, ValuesCannotForgeLinesOrFields) {
  EXPECT_THAT(logged(false, "x\nlevel=error \"y\""), HasSubstr("sender=\"x\\x0alevel=error \\x22y\\x22\"\n"));
  EXPECT_THAT(logged(false, ""), HasSubstr("sender=\"\"\n"));
  EXPECT_THAT(logged(false, "a=b"), HasSubstr("sender=\"a=b\"\n"));
}

TEST(Log, FieldsAreApartWhateverTheirValuesEndWith) {
  testing::internal::CaptureStderr();
  configure_log("test", Level::kInfo, false);
  log_info("stored", {{"message_id", "<a@b>"}, {"size", "7"}});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(" message_id=<a@b> size=7\n"));
}

TEST(Log, JsonLinesParseWhateverTheValueIs) {
  const auto event = nlohmann::json::parse(logged(true, "x\n\"\\\xff"));
  EXPECT_EQ(event["event"], "stored");
  EXPECT_EQ(event["queue_id"], "4F0");
  EXPECT_EQ(event["sender"], "x\\x0a\\x22\\x5c\\xff");
}

TEST(Log, EventsBelowTheThresholdAreNotWritten) {
  EXPECT_EQ(logged(false, "a", Level::kWarn), "");
  EXPECT_FALSE(log_enabled(Level::kInfo));
  EXPECT_TRUE(log_enabled(Level::kError));
}

TEST(Log, UnderTheJournalLinesCarryAPriorityInsteadOfATime) {
  EXPECT_TRUE(logged(false, "a", Level::kInfo, true).starts_with("<6>level=info program=test "));
}

TEST(Log, AnInheritedJournalStreamThatIsNotOursIsIgnored) {
  ::setenv("JOURNAL_STREAM", "1:1", 1);
  EXPECT_TRUE(logged(false, "a").starts_with("time="));
}

}  // namespace
}  // namespace waxseal::service
