#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace waxseal {
namespace {

using namespace std::string_literals;

TEST(Base64, AgreesWithRfc4648Vectors) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : rows) {
    EXPECT_EQ(base64(plain), encoded);
    EXPECT_EQ(*unbase64(encoded), plain);
  }
}

TEST(Base64, RefusesWhatIsNotStrict) {
  for (const char* text : {"Zg=", "Zg", "Z===", "====", "Zm9v\n", "Zm 9", "Zg==Zg==", "Zm9|"})
    EXPECT_FALSE(unbase64(text)) << text;
}

TEST(Base64Url, UsesItsAlphabetWithoutPadding) {
  EXPECT_EQ(base64url("\xfb\xff\xfe!"s), "-__-IQ");
}

TEST(Hex, RoundTrips) {
  EXPECT_EQ(hex("\0\x7f\xff"s), "007fff");
  EXPECT_EQ(*unhex("007FfF"), "\0\x7f\xff"s);
  EXPECT_FALSE(unhex("0"));
  EXPECT_FALSE(unhex("0g"));
}

TEST(Utf8, AcceptsEachLengthAndRefusesItsForgery) {
  struct Row {
    std::string octets;
    bool valid;
  };
  for (const Row& row : {Row{"\xC2\x80", true}, Row{"\xC1\xBF", false}, Row{"\xE0\xA0\x80", true},
                         Row{"\xE0\x9F\xBF", false}, Row{"\xED\x9F\xBF", true}, Row{"\xED\xA0\x80", false},
                         Row{"\xF0\x90\x80\x80", true}, Row{"\xF0\x8F\xBF\xBF", false}, Row{"\xF4\x8F\xBF\xBF", true},
                         Row{"\xF4\x90\x80\x80", false}, Row{"\xE2\x82", false}, Row{"\x80", false}})
    EXPECT_EQ(valid_utf8(row.octets), row.valid) << hex(row.octets);
}

TEST(Utf8, RepairLeavesNeitherNulNorIllFormedSequences) {
  EXPECT_EQ(to_valid_utf8("a\0b\xffz\xC3\xA9"s),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBDz\xC3\xA9");
  EXPECT_EQ(to_valid_utf8("\x01\x7f plain"), "\x01\x7f plain");
  EXPECT_EQ(to_valid_utf8("\xC3\xA9 plain \xC3"), "\xC3\xA9 plain \xEF\xBF\xBD");
}

// --- what is looked at in runs is what is looked at octet by octet ---

// Texts of every length, in which an octet that ends a run comes at every place.
std::vector<std::string> texts_with(std::string_view special) {
  std::vector<std::string> out;
  for (std::size_t size = 0; size < 36; ++size) {
    const std::string plain(size, 'x');
    out.push_back(plain);
    for (std::size_t at = 0; at < size; ++at) {
      std::string& one = out.emplace_back(plain);
      one[at] = special[(size + at) % special.size()];
      std::string two = one;
      two[size - 1 - at / 2] = special[at % special.size()];
      out.push_back(std::move(two));
    }
  }
  return out;
}

TEST(Runs, IsAsciiLooksAtEveryOctet) {
  for (const std::string& text : texts_with("\0\x7f\x80\xff\x01"s)) {
    const bool expected =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    EXPECT_EQ(is_ascii(text), expected) << hex(text);
  }
}

TEST(Runs, APlainRunEndsAtTheFirstOctetThatIsNotPlain) {
  for (const std::string& text : texts_with("\0\x7f\x80\xff\x01"s)) {
    const auto end =
        std::find_if(text.begin(), text.end(), [](char c) { return c == 0 || static_cast<unsigned char>(c) > 0x7F; });
    EXPECT_EQ(plain_run(text), static_cast<std::size_t>(end - text.begin())) << hex(text);
  }
}

TEST(Runs, Utf8IsFoundWhereverItStands) {
  for (const std::string& text : texts_with("\0\x7f\x80\xff"s)) {
    const bool forged = text.find_first_of("\x80\xff") != text.npos;
    EXPECT_EQ(valid_utf8(text), !forged) << hex(text);
    EXPECT_EQ(to_valid_utf8(text) == text, !forged && text.find('\0') == text.npos) << hex(text);
    const std::string repaired = to_valid_utf8(text);
    EXPECT_TRUE(valid_utf8(repaired)) << hex(text);
    const auto is_bad = [](char c) { return c == 0 || static_cast<unsigned char>(c) > 0x7F; };
    const auto bad = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_bad));
    EXPECT_EQ(repaired.size(), text.size() + 2 * bad) << hex(text);
  }
}

TEST(Runs, EscapingIsTheSameAtEveryPlaceAndLimit) {
  const auto octet_by_octet = [](const std::string& text, std::size_t limit) {
    std::string out;
    for (const char c : text) {
      if (out.size() >= limit) return out + "...";
      const auto octet = static_cast<unsigned char>(c);
      if (octet < 0x20 || octet >= 0x7F || c == '"' || c == '\\')
        out += "\\x" + hex(Octets(&c, 1));
      else
        out += c;
    }
    return out;
  };
  for (const std::string& text : texts_with("\0\x1f\x7f\x80\"\\"s))
    for (const std::size_t limit : {0u, 1u, 7u, 8u, 20u, 200u})
      EXPECT_EQ(escape_for_log(text, limit), octet_by_octet(text, limit)) << hex(text) << ' ' << limit;
}

TEST(EscapeForLog, LeavesNoControlQuoteOrEightBitOctet) {
  EXPECT_EQ(escape_for_log("a\r\nb\"c\\\x7f\xe9"s), R"(a\x0d\x0ab\x22c\x5c\x7f\xe9)");
  EXPECT_EQ(escape_for_log(std::string(500, 'x')).size(), 203u);
}

TEST(AsciiCase, IgnoresOnlyAsciiLetters) {
  EXPECT_TRUE(ascii_iequals("MULTIPART/Signed", "multipart/signed"));
  EXPECT_FALSE(ascii_iequals("K", "\xE2\x84\xAA"));  // KELVIN SIGN
  EXPECT_TRUE(ascii_icontains("xx PKCS7-Mime", "pkcs7-mime"));
  EXPECT_FALSE(ascii_icontains("pkcs7", "pkcs7-mime"));
}

TEST(Trim, TakesWhiteSpaceOfBothEndsOnly) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \r\n"), "");
}

}  // namespace
}  // namespace waxseal
