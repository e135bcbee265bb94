#include "mime/collation.h"

#include <gtest/gtest.h>

namespace waxseal::mime {
namespace {

constexpr std::size_t kNoLimit = 1000;

TEST(Collation, AsciiIsMappedAsInAnyOtherText) {
  const std::string accented = "\xC3\xA9";  // decomposed; so that the whole text goes through the library
  for (char c = 1; c > 0; ++c) {
    const std::string text = std::string("x") + c + "y";
    EXPECT_EQ(unicode_casemap(text + accented, kNoLimit), unicode_casemap(text, kNoLimit) + "E\xCC\x81") << int{c};
    EXPECT_EQ(normalize_nfc(text + accented), normalize_nfc(text) + accented) << int{c};
  }
  EXPECT_EQ(unicode_casemap("Straw-[z]", kNoLimit), "STRAW-[Z]");
}

TEST(Collation, TheLimitCutsBetweenCharacters) {
  EXPECT_EQ(unicode_casemap("abc", 2), "AB");
  EXPECT_EQ(unicode_casemap("a\xC3\xA9"
                            "b",
                            2),
            "AE\xCC\x81");
}

TEST(Collation, WhatWasDecomposedIsComposed) {
  EXPECT_EQ(normalize_nfc("e\xCC\x81"), "\xC3\xA9");
}

}  // namespace
}  // namespace waxseal::mime
