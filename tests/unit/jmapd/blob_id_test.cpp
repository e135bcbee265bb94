#include "jmapd/blob_id.h"

#include <gtest/gtest.h>

namespace waxseal::jmapd {
namespace {

const Sha256 kDigest = sha256("abc");

TEST(BlobId, MessageAndPartRoundTrip) {
  EXPECT_EQ(to_wire(BlobId{kDigest, ""}), "bba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto message = blob_from_wire(to_wire(BlobId{kDigest, ""}));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message, kDigest);
  EXPECT_EQ(message->part_id, "");
  const auto part = blob_from_wire(to_wire(BlobId{kDigest, "12"}));
  ASSERT_TRUE(part);
  EXPECT_EQ(part->message, kDigest);
  EXPECT_EQ(part->part_id, "12");
}

TEST(BlobId, AnythingElseNamesNoBlob) {
  const std::string good = to_wire(BlobId{kDigest, ""});
  std::string upper = good;
  upper[1] = 'B';
  for (const std::string& wire :
       {std::string(), std::string("b"), good.substr(1), good.substr(0, 64), good + "-", good + "1", good + "-x",
        good + "-1/../2", good + "-123456789012345678901", "e" + good.substr(1), upper}) {
    EXPECT_FALSE(blob_from_wire(wire)) << wire;
  }
}

}  // namespace
}  // namespace waxseal::jmapd
