#include "mime/multipart.h"

#include <gtest/gtest.h>

namespace waxseal::mime {
namespace {

std::string show(Octets body, const Range& range) {
  return "[" + std::string(range.of(body)) + "]";
}

// preamble parts... epilogue flags
std::string dump(Octets body, Octets boundary = "b", std::size_t max_parts = 1000) {
  const Multipart m = split_multipart(body, boundary, max_parts);
  std::string out = show(body, m.preamble);
  for (const Range& part : m.parts) out += " " + show(body, part);
  out += " " + show(body, m.epilogue);
  if (m.closed) out += " closed";
  if (m.ambiguous) out += " ambiguous";
  if (m.limit_exceeded) out += " limit";
  return out;
}

TEST(Multipart, PartsEndBeforeTheLineBreakOfTheDelimiter) {
  EXPECT_EQ(dump("--b\n1\n--b\n2\n--b--\n"), "[] [1] [2] [] closed");
  EXPECT_EQ(dump("--b\r\n1\r\n--b\r\n2\r\n--b--\r\n"), "[] [1] [2] [] closed");
  EXPECT_EQ(dump("pre\r\n--b\r\n1\r\n\r\n--b--\r\nepi"), "[pre] [1\r\n] [epi] closed");
  EXPECT_EQ(dump("--b\n1\n--b--"), "[] [1] [] closed");
  EXPECT_EQ(dump("--b \t\r\n1\r\n--b-- \t\r\n"), "[] [1] [] closed");
}

TEST(Multipart, EmptyPartsAreEmpty) {
  EXPECT_EQ(dump("--b\r\n--b\r\n\r\n--b--"), "[] [] [] [] closed");
  EXPECT_EQ(dump("--b\n--b--\n"), "[] [] [] closed");
  EXPECT_EQ(dump("--b"), "[] [] []");
}

TEST(Multipart, TruncatedIsNotClosed) {
  EXPECT_EQ(dump("--b\n1\n--b\n2\n"), "[] [1] [2\n] []");
  EXPECT_EQ(dump("--b\n1\n--b-"), "[] [1\n--b-] [] ambiguous");
  EXPECT_EQ(dump("no delimiter"), "[no delimiter] []");
  EXPECT_EQ(dump(""), "[] []");
}

TEST(Multipart, ACloseDelimiterAloneClosesNothing) {
  EXPECT_EQ(dump("x\n--b--\ny"), "[x] [y] closed");
}

TEST(Multipart, DelimitersBeginALine) {
  EXPECT_EQ(dump("--b\n1 --b\n--b--\n"), "[] [1 --b] [] closed");
  EXPECT_EQ(dump("--b\n1\r--b\n--b--\n"), "[] [1\r--b] [] closed");
  EXPECT_EQ(dump("--b\n----b\n--b--\n"), "[] [----b] [] closed");
  EXPECT_EQ(dump(" --b\n--b\n1\n--b--\n"), "[ --b] [1] [] closed");
}

TEST(Multipart, ALineThatOnlyBeginsWithTheBoundaryIsAmbiguous) {
  EXPECT_EQ(dump("--b\n1\n--bx\n2\n--b--\n"), "[] [1\n--bx\n2] [] closed ambiguous");
  EXPECT_EQ(dump("--b\n1\n--b x\n2\n--b--\n"), "[] [1\n--b x\n2] [] closed ambiguous");
  EXPECT_EQ(dump("--b\n1\n--b--x\n2\n--b--\n"), "[] [1\n--b--x\n2] [] closed ambiguous");
  EXPECT_EQ(dump("--b\n1\n--b\r\r\n2\n--b--\n"), "[] [1\n--b\r\r\n2] [] closed ambiguous");
  EXPECT_EQ(dump("--bx\n--b\n1\n--b--\n"), "[--bx] [1] [] closed ambiguous");
  EXPECT_EQ(dump("--b\n--bx\n--b--\n"), "[] [--bx] [] closed ambiguous");
  EXPECT_EQ(dump("--b\n1\n--B\n2\n--b--\n"), "[] [1\n--B\n2] [] closed");
  EXPECT_EQ(dump("--b\n1\n--b--\n--bx\n"), "[] [1] [--bx\n] closed");
}

TEST(Multipart, PartsBeyondTheLimitAreNotSplit) {
  EXPECT_EQ(dump("--b\n1\n--b\n2\n--b--\n", "b", 2), "[] [1] [2] [] closed");
  EXPECT_EQ(dump("--b\n1\n--b\n2\n--b\n3\n--b--\n", "b", 2), "[] [1] [2] [] limit");
}

TEST(Multipart, BoundaryGrammar) {
  EXPECT_TRUE(valid_boundary("----=_Part 1'()+_,-./:=?"));
  EXPECT_TRUE(valid_boundary(std::string(200, 'x')));
  EXPECT_FALSE(valid_boundary(std::string(201, 'x')));
  EXPECT_FALSE(valid_boundary(""));
  EXPECT_FALSE(valid_boundary("x "));
  EXPECT_FALSE(valid_boundary("x\ty"));
  EXPECT_FALSE(valid_boundary("x\xC3\xA4"));
  EXPECT_FALSE(valid_boundary("x\n"));
}

TEST(Multipart, HostileBodiesAreLinear) {
  const std::string boundary(200, '-');
  std::string dashes(20'000'000, '-');
  EXPECT_FALSE(split_multipart(dashes, boundary).closed);
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += std::string(199, '-') + "\n";
  EXPECT_FALSE(split_multipart(lines, boundary).closed);
}

}  // namespace
}  // namespace waxseal::mime
