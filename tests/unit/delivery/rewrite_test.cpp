#include "delivery/rewrite.h"

#include <gtest/gtest.h>

namespace waxseal::delivery {
namespace {

std::string composed(const std::vector<Range>& removed) {
  return std::string(compose("T", "F", "0123456789", removed, {}).view());
}

TEST(Compose, PutsTraceAndFieldBeforeTheMessage) {
  EXPECT_EQ(composed({}), "TF0123456789");
}

TEST(Compose, LeavesOutTheRangesAndNothingElse) {
  EXPECT_EQ(composed({{0, 2}}), "TF23456789");
  EXPECT_EQ(composed({{2, 4}, {4, 5}, {9, 10}}), "TF015678");
  EXPECT_EQ(composed({{0, 10}}), "TF");
}

}  // namespace
}  // namespace waxseal::delivery
