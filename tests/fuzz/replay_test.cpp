// Every target over its corpus, and over inputs that once broke a promise; and simple damage done to each of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/target.h"
#include "fuzz/trusted_verifier.h"
#include "support/source/source_directory.h"

namespace waxseal::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> seeds(const std::string& target) {
  std::vector<fs::path> out;
  for (const char* folder : {"corpus", "findings"}) {
    const fs::path directory = fs::path(test::source_directory()) / "tests/fuzz" / folder / target;
    if (!fs::exists(directory)) continue;
    for (const auto& entry : fs::directory_iterator(directory)) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, SeedsKeepEveryPromise) {
  const auto paths = seeds(GetParam().name);
  ASSERT_FALSE(paths.empty());
  for (const fs::path& path : paths) {
    SCOPED_TRACE(path);
    GetParam().run(read(path));
  }
}

TEST_P(Replay, DamagedSeedsKeepEveryPromise) {
  constexpr std::size_t kCuts = 16;
  for (const fs::path& path : seeds(GetParam().name)) {
    SCOPED_TRACE(path);
    const std::string whole = read(path);
    for (std::size_t i = 0; i < kCuts; ++i) {
      const std::size_t at = whole.size() * i / kCuts;
      GetParam().run(Octets(whole).substr(0, at));
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << i % 8));
      GetParam().run(flipped);
      GetParam().run(whole.substr(0, at) + whole);
    }
  }
}

TEST_P(Replay, NothingAndNulAreInputsToo) {
  GetParam().run({});
  GetParam().run(std::string(1000, '\0'));
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

TEST(FuzzPromise, ABrokenPromiseEndsTheProcess) {
  EXPECT_DEATH(require(false, "x"), "broken promise: x");
}

// The oracle against forgery is only worth something if seeds are verified, and if it refuses what they do not carry.
TEST(FuzzPromise, SeedsAreVerifiedAndAForgeryWouldBeSeen) {
  const std::string genuine = as_opaque_message(corpus_file("cms/opaque"));
  const smime::Verification verified = verify(genuine);
  ASSERT_EQ(verified.verdict.status, smime::Status::kVerified);
  require_no_forgery(genuine, verified);
  std::string forged = genuine;
  forged.replace(forged.find("Hello Bob"), 9, "Hello Eve");
  EXPECT_NE(verify(forged).verdict.status, smime::Status::kVerified);
  EXPECT_DEATH(require_no_forgery(forged, verified), "nobody signed what is verified");
}

}  // namespace
}  // namespace waxseal::fuzz
