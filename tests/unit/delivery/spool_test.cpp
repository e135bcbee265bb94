#include "delivery/spool.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace waxseal::delivery {
namespace {

SpoolOptions options(std::size_t memory_octets) {
  return {memory_octets, testing::TempDir()};
}

std::string text(std::size_t size) {
  std::string out;
  while (out.size() < size) out += std::to_string(out.size()) + '\n';
  out.resize(size);
  return out;
}

TEST(Spool, GivesBackWhatWasAppendedWhereverItLies) {
  for (const std::size_t memory : {0u, 1u, 100u, 300'000u, 10'000'000u}) {
    for (const std::size_t piece : {1u, 77u, 4096u, 1'000'000u}) {
      const std::string all = text(piece == 1 ? 5'000 : 1'000'000);
      Spool spool(options(memory));
      for (std::size_t at = 0; at < all.size(); at += piece) spool.append(Octets(all).substr(at, piece));
      EXPECT_EQ(spool.size(), all.size());
      EXPECT_TRUE(spool.view() == all) << memory << ' ' << piece;
    }
  }
}

TEST(Spool, MayGrowAfterItWasLookedAt) {
  for (const std::size_t memory : {0u, 4u, 100u}) {
    Spool spool(options(memory));
    spool.append("abc");
    EXPECT_EQ(spool.view(), "abc");
    spool.append("def");
    EXPECT_EQ(spool.view(), "abcdef");
    EXPECT_EQ(spool.view(), "abcdef");
  }
}

TEST(Spool, CanBeCutAndReadInPieces) {
  for (const std::size_t memory : {0u, 100u, 300'000u, 10'000'000u}) {
    for (const std::size_t size : {0u, 1u, 262'143u, 262'144u, 599'999u, 600'000u}) {
      Spool spool(options(memory));
      const std::string all = text(600'000);
      spool.append(all);
      spool.cut(size);
      EXPECT_EQ(spool.size(), size);
      spool.append("and more");
      const std::string expected = all.substr(0, size) + "and more";
      std::string got, piece(50'000, '\0');
      while (const std::size_t count = spool.read(got.size(), piece.data(), piece.size())) {
        got.append(piece, 0, count);
      }
      EXPECT_TRUE(got == expected) << memory << ' ' << size;
      EXPECT_TRUE(spool.view() == expected) << memory << ' ' << size;
    }
  }
}

TEST(Spool, MayBeEmpty) {
  Spool spool(options(0));
  EXPECT_EQ(spool.view(), "");
  spool.append("");
  EXPECT_EQ(spool.view(), "");
}

TEST(Spool, SurvivesAMove) {
  for (const std::size_t memory : {0u, 100u}) {
    Spool first(options(memory));
    first.append("abc");
    EXPECT_EQ(first.view(), "abc");
    Spool second(std::move(first));
    EXPECT_EQ(second.view(), "abc");
  }
}

TEST(Spool, LeavesNoFileInTheDirectory) {
  const std::string directory = testing::TempDir() + "waxseal-spool-" + std::to_string(::getpid());
  std::filesystem::create_directory(directory);
  Spool spool({.memory_octets = 0, .directory = directory});
  spool.append("abc");
  EXPECT_EQ(spool.view(), "abc");
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove(directory);
}

TEST(Spool, SaysWhyItCannotHoldMore) {
  Spool spool({.memory_octets = 2, .directory = "/nonexistent"});
  spool.append("ab");
  EXPECT_EQ(spool.view(), "ab");
  EXPECT_THROW(spool.append("c"), std::system_error);
}

}  // namespace
}  // namespace waxseal::delivery
