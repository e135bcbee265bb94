#include "base/passes.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>

namespace waxseal {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;

// Octets of files that this process has in memory.
std::size_t resident_file_octets() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssFile:")) return std::strtoull(line.c_str() + 8, nullptr, 10) * 1024;
  return 0;
}

std::size_t sum(Octets octets) {
  return std::accumulate(octets.begin(), octets.end(), std::size_t{0},
                         [](std::size_t sum, char c) { return sum + static_cast<unsigned char>(c); });
}

class Passes : public testing::Test {
 protected:
  Passes() : file_(std::tmpfile()) {
    const std::string block(kMegabyte, 'x');
    for (std::size_t i = 0; i < kSize / kMegabyte; ++i) std::fwrite(block.data(), 1, block.size(), file_);
    std::fflush(file_);
    mapping_ = MappedFile(fileno(file_), kSize);
  }
  ~Passes() override { std::fclose(file_); }

  static constexpr std::size_t kSize = 32 * kMegabyte;
  std::FILE* file_;
  MappedFile mapping_;
};

TEST_F(Passes, AWindowedPassKeepsFewPages) {
  const std::size_t before = resident_file_octets();
  std::size_t total = 0;
  each_window(mapping_.view(), [&](Octets window) { total += sum(window); });
  EXPECT_EQ(total, kSize * 'x');
  EXPECT_LT(resident_file_octets(), before + 4 * kMegabyte);
}

TEST_F(Passes, AnotherPassKeepsThemAll) {  // the measurement can fail
  const std::size_t before = resident_file_octets();
  EXPECT_EQ(sum(mapping_.view()), kSize * 'x');
  EXPECT_GT(resident_file_octets(), before + 24 * kMegabyte);
}

TEST_F(Passes, ATrailIsGivenBack) {
  const std::size_t before = resident_file_octets();
  Trail trail(mapping_.view());
  for (std::size_t at = 0; at < kSize; at += 1000) {
    EXPECT_EQ(mapping_.view()[at], 'x');
    trail.reached(at);
  }
  EXPECT_LT(resident_file_octets(), before + 4 * kMegabyte);
}

TEST_F(Passes, ASearchKeepsFewPages) {
  const std::size_t before = resident_file_octets();
  EXPECT_EQ(find_octets(mapping_.view(), "y", 0), Octets::npos);
  EXPECT_LT(resident_file_octets(), before + 4 * kMegabyte);
}

TEST(Passed, LeavesOtherMemoryAsItIs) {
  const std::string octets(4 * kMegabyte, 'x');
  passed(octets);
  EXPECT_EQ(sum(octets), octets.size() * 'x');
}

TEST_F(Passes, OctetsBehindAMappingAreNotTouched) {
  passed({mapping_.view().data(), kSize * 2});
  passed(mapping_.view());
  EXPECT_EQ(sum(mapping_.view()), kSize * 'x');
}

TEST(FindOctets, SeesWhatLiesAcrossWindows) {
  std::string octets(3 * kWindow, 'x');
  for (const std::size_t at : {std::size_t{0}, kWindow - 2, kWindow - 1, kWindow, 3 * kWindow - 3}) {
    octets.replace(at, 3, "abc");
    EXPECT_EQ(find_octets(octets, "abc", 0), at);
    EXPECT_EQ(find_octets(octets, "abc", at), at);
    EXPECT_EQ(find_octets(octets, "abc", at + 1), Octets::npos);
    octets.replace(at, 3, "xxx");
  }
  EXPECT_EQ(find_octets("", "abc", 0), Octets::npos);
  EXPECT_EQ(find_octets("ab", "abc", 0), Octets::npos);
  EXPECT_EQ(find_octets("abc", "abc", 3), Octets::npos);
}

TEST(EachWindow, GivesEverythingInOrder) {
  std::string octets(2 * kWindow + 7, 'x');
  octets[kWindow] = 'y';
  octets.back() = 'z';
  std::string seen;
  each_window(octets, [&](Octets window) { seen += window; });
  EXPECT_TRUE(seen == octets);
}

TEST(MappedFile, MayBeEmptyAndMoves) {
  MappedFile none;
  EXPECT_EQ(none.view(), "");
  std::FILE* const file = std::tmpfile();
  std::fputs("abc", file);
  std::fflush(file);
  MappedFile first(fileno(file), 3);
  MappedFile second(std::move(first));
  EXPECT_EQ(second.view(), "abc");
  none = std::move(second);
  EXPECT_EQ(none.view(), "abc");
  std::fclose(file);
  EXPECT_THROW(MappedFile(-1, 3), std::exception);
}

}  // namespace
}  // namespace waxseal
