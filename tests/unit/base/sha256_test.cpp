#include "base/sha256.h"

#include <gtest/gtest.h>

#include <thread>

namespace waxseal {
namespace {

constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-2 B.1

TEST(Sha256, AgreesWithFips180) {
  EXPECT_EQ(sha256("abc").hex(), kAbc);
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  EXPECT_EQ(Sha256Stream().add("a").add("").add("bc").finish().hex(), kAbc);
}

// A thread keeps its context from one digest to the next.
TEST(Sha256, NothingOfOneDigestIsLeftInTheNext) {
  EXPECT_EQ(sha256(std::string(1000, 'x')), Sha256Stream().add(std::string(1000, 'x')).finish());
  EXPECT_EQ(sha256("abc").hex(), kAbc);
  std::string other;
  std::thread([&] { other = sha256("abc").hex(); }).join();
  EXPECT_EQ(other, kAbc);
  EXPECT_EQ(sha256("").hex(), Sha256Stream().finish().hex());
}

TEST(Sha256, HexMustBeWhole) {
  EXPECT_EQ(*Sha256::from_hex(kAbc), sha256("abc"));
  EXPECT_FALSE(Sha256::from_hex(std::string(kAbc).substr(2)));
  EXPECT_FALSE(Sha256::from_hex(std::string(63, '0') + "g"));
}

}  // namespace
}  // namespace waxseal
