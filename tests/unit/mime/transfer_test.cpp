#include "mime/transfer.h"

#include <gtest/gtest.h>

namespace waxseal::mime {
namespace {

struct Case {
  std::string_view encoded;
  std::string_view expected;  // a '!' in front: a problem
};

std::string dump(const Decoded& decoded) {
  return (decoded.problem ? "!" : "") + decoded.octets;
}

TEST(Base64, LenientDecodingShowsWhatIsThere) {
  const Case cases[] = {
      {"", ""},           {"QUJD", "ABC"},      {"QUI=", "AB"},    {"QQ==", "A"},        {"QU\r\nJD\r\n", "ABC"},
      {"Q-U.JD", "!ABC"}, {"QUI", "!AB"},       {"QUJDR", "!ABC"}, {"QQ==QkM=", "!ABC"}, {"QUJD=", "!ABC"},
      {"QQ=", "A"},       {"\x80QUJD", "!ABC"}, {"QUJD|", "!ABC"},
  };
  for (const Case& c : cases) EXPECT_EQ(dump(decode_base64(c.encoded)), c.expected) << c.encoded;
}

TEST(Base64, CmsBodiesHaveOneReading) {  // C54
  EXPECT_EQ(decode_base64_cms("QUJD").value(), "ABC");
  EXPECT_EQ(decode_base64_cms("Q U\r\nI-=").value(), "AB");
  EXPECT_EQ(decode_base64_cms("QQ==\r\n").value(), "A");
  EXPECT_EQ(decode_base64_cms("").value(), "");
  EXPECT_FALSE(decode_base64_cms("QQ==QUJD"));
  EXPECT_FALSE(decode_base64_cms("QQ==\r\nQ"));
  EXPECT_FALSE(decode_base64_cms("QQ="));
  EXPECT_FALSE(decode_base64_cms("QQ"));
  EXPECT_FALSE(decode_base64_cms("QUJD="));
  EXPECT_FALSE(decode_base64_cms("Q==="));
  EXPECT_FALSE(decode_base64_cms("="));
}

TEST(Base64, CmsBodiesOfAnyLengthAndLayoutAreReadAlike) {
  std::string octets;
  for (int i = 0; i < 1500; ++i) octets += static_cast<char>(i * 37 + i / 256);
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const std::size_t size : {1u, 2u, 3u, 191u, 192u, 193u, 194u, 384u, 385u, 1500u}) {
    std::string encoded;
    for (std::size_t i = 0; i < size; i += 3) {
      const auto octet = [&](std::size_t at) { return at < size ? static_cast<unsigned char>(octets[at]) : 0u; };
      const unsigned bits = octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);
      for (int shift = 18; shift >= 0; shift -= 6) encoded += alphabet[bits >> shift & 63];
    }
    if (size % 3 != 0) encoded.replace(encoded.size() - (3 - size % 3), std::string::npos, 3 - size % 3, '=');
    const std::string expected = octets.substr(0, size);
    EXPECT_EQ(decode_base64_cms(encoded).value(), expected) << size;
    for (const std::size_t columns : {1u, 5u, 64u, 76u, 255u, 256u, 257u}) {
      std::string lines;
      for (std::size_t at = 0; at < encoded.size(); at += columns) lines += encoded.substr(at, columns) + "\r\n";
      EXPECT_EQ(decode_base64_cms(lines).value(), expected) << size << ' ' << columns;
      EXPECT_EQ(decode_base64(lines).octets, expected) << size << ' ' << columns;
    }
  }
}

TEST(DecodedSize, IsTheSizeOfWhatDecodingGives) {
  const Octets texts[] = {"",
                          "QUJD",
                          "QUI",
                          "Q-U.JD\r\n",
                          "QQ==QkM=",
                          "a=3D=\r\nb  \r\n",
                          "=C3=A4=\n=zz=",
                          "\n\r\n a=",
                          Octets("\0=00\0", 5)};
  for (const Octets text : texts)
    for (const std::string_view encoding : {"base64", "quoted-printable", "7bit", "binary", "x-unknown"})
      EXPECT_EQ(decoded_size(text, encoding), decode_transfer(text, encoding).octets.size()) << encoding << ' ' << text;
}

TEST(QuotedPrintable, Rfc2045) {
  const Case cases[] = {
      {"", ""},
      {"a=41b", "aAb"},
      {"=e4=E4", "\xE4\xE4"},
      {"a=\r\nb", "ab"},
      {"a= \t\r\nb", "ab"},
      {"a=\nb", "ab"},
      {"a=", "a"},
      {"a \t\r\nb", "a\r\nb"},
      {"a \nb ", "a\nb"},
      {"a=20\r\n", "a \r\n"},
      {"\r\n\r\n", "\r\n\r\n"},
      {"a=4", "!a=4"},
      {"=ZZ", "!=ZZ"},
      {"a==41", "!a=A"},
      {"a\rb", "a\rb"},
  };
  for (const Case& c : cases) EXPECT_EQ(dump(decode_quoted_printable(c.encoded)), c.expected) << c.encoded;
}

TEST(Transfer, ByName) {
  EXPECT_EQ(dump(decode_transfer("QQ==", "base64")), "A");
  EXPECT_EQ(dump(decode_transfer("=41", "quoted-printable")), "A");
  EXPECT_EQ(dump(decode_transfer("=41", "8bit")), "=41");
  EXPECT_EQ(dump(decode_transfer("=41", "x-uuencode")), "!=41");
  EXPECT_EQ(dump(decode_transfer("=41", "")), "!=41");
}

TEST(Transfer, HostileSizesAreLinear) {
  EXPECT_EQ(decode_quoted_printable(std::string(5'000'000, '=')).octets.size(), 4'999'999u);
  EXPECT_EQ(decode_quoted_printable(std::string(5'000'000, ' ')).octets.size(), 0u);
  EXPECT_EQ(decode_base64(std::string(5'000'000, '=')).octets.size(), 0u);
}

}  // namespace
}  // namespace waxseal::mime
