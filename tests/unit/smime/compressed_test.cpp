// CompressedData under limits (1.5, ATK-21).
#include "smime/compressed.h"

#include <gtest/gtest.h>

#include "smime/cms.h"
#include "support/cms.h"
#include "support/der.h"

namespace waxseal::test {
namespace {

using namespace smime;

constexpr InflateLimits kLimits{.octets = 1'000'000, .ratio = 200};

std::string inflated(std::string_view cms, const InflateLimits& limits = kLimits) {
  const auto content = cms::content_of(cms);
  if (!content) return "no ContentInfo";
  const auto out = inflate_compressed_data(*content, limits);
  return out ? *out : std::string(row(out.error()).name);
}

// Hard to compress, so that only the size counts.
std::string noise(std::size_t size) {
  std::string out;
  unsigned state = 1;
  for (; out.size() < size; state = state * 1664525 + 1013904223) out += static_cast<char>(state >> 24);
  return out;
}

TEST(Compressed, ComesBack) {
  EXPECT_EQ(inflated(compressed_data("Hello")), "Hello");
  EXPECT_EQ(inflated(compressed_data("")), "");
  const std::string long_text = noise(500'000);
  EXPECT_EQ(inflated(compressed_data(long_text)), long_text);
}

TEST(Compressed, OutputIsLimited) {
  EXPECT_EQ(inflated(compressed_data(noise(1'000'000))).size(), 1'000'000u);
  EXPECT_EQ(inflated(compressed_data(noise(1'000'001))), "compressed_malformed");
}

TEST(Compressed, RatioIsLimited) {
  const std::string zeros(900'000, '0');
  EXPECT_EQ(inflated(compressed_data(zeros)), "compressed_malformed");
  EXPECT_EQ(inflated(compressed_data(zeros), {.octets = 1'000'000, .ratio = 2000}), zeros);
  EXPECT_EQ(inflated(compressed_data(std::string(60'000, '0'))), std::string(60'000, '0'));  // too short to matter
}

TEST(Compressed, DamageIsNotRead) {
  const std::string cms = compressed_data("Hello Bob, this is a text");
  for (std::size_t at = cms.size() - 20; at < cms.size(); ++at) {
    std::string damaged = cms;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_EQ(inflated(damaged), "compressed_malformed") << at;
  }
}

std::string around(std::string_view stream, std::string_view algorithm = "1.2.840.113549.1.9.16.3.8") {
  return content_info(oids::kCompressedData,
                      der::sequence({der::integer(0), der::algorithm(algorithm),
                                     der::sequence({der::oid(oids::kData), der::explicit_tag(0, stream)})}));
}

TEST(Compressed, OneWholeStreamOfTheOneAlgorithm) {
  const std::string cms = compressed_data("Hello");
  const std::string stream = cms.substr(cms.size() - 13);  // zlib: 2 + 7 + 4 octets
  ASSERT_EQ(inflated(around(der::octet_string(stream))), "Hello");
  EXPECT_EQ(inflated(around(der::segmented_octets(0x24, stream, 3))), "Hello");
  EXPECT_EQ(inflated(around(der::octet_string(stream + "x"))), "compressed_malformed");
  EXPECT_EQ(inflated(around(der::octet_string(stream.substr(0, 12)))), "compressed_malformed");
  EXPECT_EQ(inflated(around(der::octet_string(""))), "compressed_malformed");
  EXPECT_EQ(inflated(around(der::octet_string(stream), "1.2.3")), "compressed_malformed");
  EXPECT_EQ(inflated(compressed_data("Hello", oids::kSignedData)), "compressed_malformed");
}

}  // namespace
}  // namespace waxseal::test
