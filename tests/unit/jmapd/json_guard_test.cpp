#include "jmapd/json_guard.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace waxseal::jmapd {
namespace {

std::string error_of(std::string_view text, const JsonLimits& limits = {}) {
  const auto parsed = parse_json(text, limits);
  return parsed ? "" : parsed.error();
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonGuard, ValuesComeOutAsTheyAre) {
  const auto parsed = parse_json(R"( {"a":[1,-2,2.5,true,null,"x\u00e9\n",{}],"b":{"c":[[]]}} )");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->dump(), "{\"a\":[1,-2,2.5,true,null,\"x\xC3\xA9\\n\",{}],\"b\":{\"c\":[[]]}}");
  EXPECT_TRUE((*parsed)["a"][0].is_number_unsigned());
  EXPECT_TRUE((*parsed)["a"][1].is_number_integer());
}

struct Case {
  const char* accepted;
  const char* refused;  // the twin that differs in one thing
  const char* error;
};

class JsonGuardTwins : public testing::TestWithParam<Case> {};

TEST_P(JsonGuardTwins, OneIsAcceptedAndTheOtherIsNot) {
  EXPECT_EQ(error_of(GetParam().accepted), "");
  EXPECT_EQ(error_of(GetParam().refused).substr(0, std::string_view(GetParam().error).size()), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    IJson, JsonGuardTwins,
    testing::Values(Case{R"({"a":1,"b":1})", R"({"a":1,"a":1})", "an object has the same name twice"},
                    Case{R"({"a":{"a":1}})", R"({"b":{"a":1,"a":1}})", "an object has the same name twice"},
                    Case{"9007199254740991", "9007199254740992", "an integer is beyond 2^53-1"},
                    Case{"-9007199254740991", "-9007199254740992", "an integer is beyond 2^53-1"},
                    Case{"1", "18446744073709551616", "an integer is beyond 2^53-1"},
                    Case{"1e300", "1e400", "syntax error"},                    //
                    Case{"\"\xC3\xA9\"", "\"\xC3\"", "syntax error"},          // UTF-8
                    Case{"\"\xC3\x80\"", "\"\xC0\x80\"", "syntax error"},      // overlong
                    Case{R"("\ud83d\ude00")", R"("\ud83d")", "syntax error"},  // a lone surrogate
                    Case{"\"\xEF\xBF\xBD\"", "\"\xEF\xBF\xBE\"", "a string holds a noncharacter"},
                    Case{"\"\xF0\x9F\xBF\xBD\"", "\"\xF0\x9F\xBF\xBF\"", "a string holds a noncharacter"},
                    Case{"\"\xEF\xB7\x8F\"", "\"\xEF\xB7\x90\"", "a string holds a noncharacter"},
                    Case{R"({"b":0})", "{\"\xEF\xBF\xBF\":0}", "a name holds a noncharacter"},
                    Case{"[]", "[] []", "syntax error"},     //
                    Case{"[]", "[", "syntax error"},         //
                    Case{"[1]", "[1,]", "syntax error"},     //
                    Case{"[1]", "[1/**/]", "syntax error"},  //
                    Case{"0", "NaN", "syntax error"},        //
                    Case{" 0", "", "syntax error"}));

TEST(JsonGuard, SixtyFourLevelsAreRead) {
  EXPECT_EQ(error_of(nested(64)), "");
}
TEST(JsonGuard, SixtyFiveLevelsAreRefused) {
  EXPECT_EQ(error_of(nested(65)), "nested too deeply");
}
TEST(JsonGuard, TwentyMillionOpenBracketsAreRefusedAtOnce) {
  EXPECT_EQ(error_of(std::string(20'000'000, '[')), "nested too deeply");
}

TEST(JsonGuard, NamesAndValuesCountAsNodes) {
  EXPECT_EQ(error_of("[1,2]", {.nodes = 3}), "");
  EXPECT_EQ(error_of("[1,2]", {.nodes = 2}), "too many values");
  EXPECT_EQ(error_of(R"({"a":1})", {.nodes = 3}), "");
  EXPECT_EQ(error_of(R"({"a":1})", {.nodes = 2}), "too many values");
}

}  // namespace
}  // namespace waxseal::jmapd
