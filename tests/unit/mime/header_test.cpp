#include "mime/header.h"

#include <gtest/gtest.h>

namespace waxseal::mime {
namespace {

const char* name_of(HeaderFault fault) {
  switch (fault) {
    case HeaderFault::kNone:
      return "ok";
    case HeaderFault::kUnterminated:
      return "unterminated";
    case HeaderFault::kNul:
      return "nul";
    case HeaderFault::kBareCr:
      return "bare cr";
    case HeaderFault::kBadField:
      return "bad field";
    case HeaderFault::kTooLarge:
      return "too large";
    case HeaderFault::kTooManyFields:
      return "too many";
  }
  return "?";
}

// fault {name=value}... /body
std::string dump(Octets entity, const HeaderLimits& limits = {}) {
  const Header header = read_header(entity, limits);
  std::string out = name_of(header.fault);
  for (const Field& f : header.fields) out += " {" + std::string(f.name) + "=" + std::string(f.value) + "}";
  return out + " /" + std::string(entity.substr(header.body));
}

TEST(Header, FieldsValuesAndBody) {
  EXPECT_EQ(dump("A: 1\r\nB:2\r\n\r\nbody"), "ok {A= 1} {B=2} /body");
  EXPECT_EQ(dump("A: 1\nB:2\n\nbody"), "ok {A= 1} {B=2} /body");
  EXPECT_EQ(dump("A: 1\r\n\t2\r\nB:\r\n\r\n"), "ok {A= 1\r\n\t2} {B=} /");
  EXPECT_EQ(dump("A: x:y\n\n"), "ok {A= x:y} /");
  EXPECT_EQ(dump("\r\nbody"), "ok /body");
  EXPECT_EQ(dump("\nA: 1\n\n"), "ok /A: 1\n\n");
}

TEST(Header, WhatIsNotAHeaderIsAFaultAndStillShown) {
  EXPECT_EQ(dump(""), "unterminated /");
  EXPECT_EQ(dump("A: 1"), "unterminated {A= 1} /");
  EXPECT_EQ(dump("A: 1\r\n"), "unterminated {A= 1} /");
  EXPECT_EQ(dump("A: 1\nno colon\n\nbody"), "bad field {A= 1} /no colon\n\nbody");
  EXPECT_EQ(dump("A: 1\n: 2\nB: 3\n\nbody"), "bad field {A= 1} {B= 3} /body");
  EXPECT_EQ(dump("A : 1\n\nbody"), "bad field {A= 1} /body");
  EXPECT_EQ(dump("A B: 1\nC: 2\n\nbody"), "bad field {C= 2} /body");
  EXPECT_EQ(dump("\xC4: 1\n folded\nC: 2\n\nbody"), "bad field {C= 2} /body");
  EXPECT_EQ(dump(" x\nA: 1\n\nbody"), "bad field {A= 1} /body");
  EXPECT_EQ(dump("From a@b Mon Jan 1\nA: 1\n\nbody"), "bad field {A= 1} /body");
  EXPECT_EQ(dump("A: 1\nFrom a@b Mon 10:00\n\nbody"), "bad field {A= 1} /body");
  EXPECT_EQ(dump("A: 1\rB: 2\n\nbody"), "bare cr {A= 1\rB: 2} /body");
  EXPECT_EQ(dump(Octets("A: \0\n\nbody", 10)), std::string("nul {A= \0} /body", 16));
}

TEST(Header, AFaultInTheBodyIsNoFault) {
  EXPECT_EQ(dump("A: 1\n\n\r \n"), "ok {A= 1} /\r \n");
}

TEST(Header, LimitsLeaveTheBodyInPlace) {
  const HeaderLimits limits{.section_octets = 20, .field_octets = 10, .fields = 3};
  EXPECT_EQ(dump("A:1\nB:2\nC:3\n\nbody", limits), "ok {A=1} {B=2} {C=3} /body");
  EXPECT_EQ(dump("A:1\nB:2\nC:3\nD:4\n\nbody", limits), "too many {A=1} {B=2} {C=3} /body");
  EXPECT_EQ(dump("A:1\nB:2345678\nC:3\n\nbody", limits), "ok {A=1} {B=2345678} {C=3} /body");
  EXPECT_EQ(dump("A:1\nB:23456789\nC:3\n\nbody", limits), "too large {A=1} {C=3} /body");
  EXPECT_EQ(dump("A:1234567\nB:1234567\nC:1\n\nbody", limits), "too large {A=1234567} {B=1234567} /body");
}

TEST(Header, RangesCoverTheSection) {
  const Octets entity = "A: 1\r\n 2\r\nB: 3\r\n\r\nbody";
  const Header header = read_header(entity);
  ASSERT_EQ(header.fields.size(), 2u);
  EXPECT_EQ(header.fields[0].whole.of(entity), "A: 1\r\n 2\r\n");
  EXPECT_EQ(header.fields[1].whole.of(entity), "B: 3\r\n");
  EXPECT_EQ(header.octets.of(entity), "A: 1\r\n 2\r\nB: 3\r\n");
}

TEST(Header, LookupIgnoresCase) {
  const Header header = read_header("X: 1\nx: 2\nY: 3\n\n");
  EXPECT_EQ(header.count("x"), 2u);
  EXPECT_EQ(header.first("X")->value, " 1");
  EXPECT_EQ(header.last("X")->value, " 2");
  EXPECT_EQ(header.all("y").size(), 1u);
  EXPECT_EQ(header.first("z"), nullptr);
}

TEST(Header, HostileSizesAreLinear) {
  EXPECT_EQ(read_header("A: " + std::string(5'000'000, 'x') + "\n\n").fault, HeaderFault::kTooLarge);
  std::string many;
  for (int i = 0; i < 1'000'000; ++i) many += "A:\n";
  EXPECT_EQ(read_header(many + "\n").fault, HeaderFault::kTooManyFields);
  std::string folds = "A:\n";
  for (int i = 0; i < 1'000'000; ++i) folds += " \n";
  EXPECT_EQ(read_header(folds + "\n").fault, HeaderFault::kTooLarge);
}

TEST(Unfold, RemovesOnlyTheLineBreaksOfFolds) {
  EXPECT_EQ(unfold("a\r\n b\n\tc"), "a b\tc");
  EXPECT_EQ(unfold("a\r\nb\rc\n"), "a\r\nb\rc\n");
  EXPECT_EQ(unfold("\n a\r\n\r\n b\r\r\n\tc"), " a\r\n b\r\tc");
  EXPECT_EQ(unfold("\r\n \n \r\n"), "  \r\n");
}

}  // namespace
}  // namespace waxseal::mime
