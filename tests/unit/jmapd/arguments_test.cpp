#include "jmapd/arguments.h"

#include <gtest/gtest.h>

#include <array>

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kNames{"accountId", "value", "other"};

// The argument that `read` refuses, or "" if it refuses none.
template <class Read>
std::string refused(Read read) {
  try {
    read();
  } catch (const MethodError& error) {
    return error.type == "invalidArguments" ? error.extra.at("arguments").at(0).get<std::string>() : error.type;
  }
  return "";
}

TEST(Arguments, UnknownMemberIsRefusedByName) {
  EXPECT_EQ(refused([] { Arguments(Json{{"accountId", "a1"}, {"valeu", 1}}, kNames); }), "valeu");
  EXPECT_EQ(refused([] { Arguments(Json{{"accountId", "a1"}, {"value", 1}}, kNames); }), "");
}

TEST(Arguments, OnlyAnObjectHasMembers) {
  EXPECT_EQ(refused([] { Arguments(Json::array(), kNames); }), "arguments");
  EXPECT_EQ(refused([] { Arguments(Json("x"), kNames, "filter/conditions/3"); }), "filter/conditions/3");
  EXPECT_EQ(refused([] { Arguments(Json::object(), kNames); }), "");
}

TEST(Arguments, PathLeadsToTheMemberThatIsWrong) {
  const Json object{{"value", "no"}};
  const Arguments arguments(object, kNames, "filter/conditions/3");
  EXPECT_EQ(refused([&] { (void)arguments.boolean("value"); }), "filter/conditions/3/value");
}

TEST(Arguments, NullIsAbsentOnlyWhereTheTypeSaysNull) {
  const Json object{{"value", nullptr}};
  const Arguments arguments(object, kNames);
  EXPECT_EQ(refused([&] { (void)arguments.string("value"); }), "value");
  EXPECT_EQ(arguments.string("value", Null::kAbsent), std::nullopt);
  EXPECT_EQ(arguments.string("other"), std::nullopt);
}

TEST(Arguments, BooleanIsNotANumber) {
  const Json yes{{"value", true}};
  const Json one{{"value", 1}};
  EXPECT_EQ(Arguments(yes, kNames).boolean("value"), true);
  EXPECT_EQ(refused([&] { (void)Arguments(one, kNames).boolean("value"); }), "value");
}

TEST(Arguments, IntegersStayWithinWhatADoubleHolds) {
  struct Case {
    const char* json;
    std::optional<std::int64_t> integer;
    std::optional<std::int64_t> unsigned_integer;
  };
  const std::vector<Case> cases{
      {"0", 0, 0},
      {"-1", -1, std::nullopt},
      {"9007199254740991", kMaxInt, kMaxInt},
      {"9007199254740992", std::nullopt, std::nullopt},
      {"-9007199254740991", -kMaxInt, std::nullopt},
      {"-9007199254740992", std::nullopt, std::nullopt},
      {"18446744073709551615", std::nullopt, std::nullopt},
      {"1.0", 1, 1},
      {"1.5", std::nullopt, std::nullopt},
      {"1e300", std::nullopt, std::nullopt},
      {"\"1\"", std::nullopt, std::nullopt},
      {"true", std::nullopt, std::nullopt},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.json);
    const Json object{{"value", Json::parse(one.json)}};
    const Arguments arguments(object, kNames);
    std::optional<std::int64_t> read;
    EXPECT_EQ(refused([&] { read = arguments.integer("value"); }), one.integer ? "" : "value");
    EXPECT_EQ(read, one.integer);
    read.reset();
    EXPECT_EQ(refused([&] { read = arguments.unsigned_integer("value"); }), one.unsigned_integer ? "" : "value");
    EXPECT_EQ(read, one.unsigned_integer);
  }
}

TEST(Arguments, IdsHaveTheGrammarOfRfc8620) {
  EXPECT_TRUE(valid_id("e17"));
  EXPECT_TRUE(valid_id("-_AZaz09"));
  EXPECT_TRUE(valid_id(std::string(255, 'a')));
  EXPECT_FALSE(valid_id(std::string(256, 'a')));
  EXPECT_FALSE(valid_id(""));
  EXPECT_FALSE(valid_id("e 17"));
  EXPECT_FALSE(valid_id("e17="));
  EXPECT_FALSE(valid_id("\xC3\xA9"));
}

TEST(Arguments, OneWrongIdRefusesTheArray) {
  const Json good{{"value", Json::array({"e1", "e2"})}};
  const Json bad{{"value", Json::array({"e1", "e/2"})}};
  const Json mixed{{"value", Json::array({"e1", 2})}};
  EXPECT_EQ(Arguments(good, kNames).ids("value"), (std::vector<std::string>{"e1", "e2"}));
  EXPECT_EQ(refused([&] { (void)Arguments(bad, kNames).ids("value"); }), "value");
  EXPECT_EQ(refused([&] { (void)Arguments(mixed, kNames).ids("value"); }), "value");
}

TEST(Arguments, UtcDateEndsInZ) {
  const auto read = [](const char* text) {
    const Json object{{"value", text}};
    return Arguments(object, kNames).utc_date("value");
  };
  EXPECT_EQ(read("1970-01-01T00:00:07Z"), from_epoch(7));
  EXPECT_EQ(refused([&] { read("1970-01-01T00:00:07+00:00"); }), "value");
  EXPECT_EQ(refused([&] { read("1970-01-01"); }), "value");
  EXPECT_EQ(refused([&] { read("yesterday"); }), "value");
}

TEST(Arguments, FractionOfASecondIsRoundedUp) {
  const auto read = [](const char* text) {
    const Json object{{"value", text}};
    return Arguments(object, kNames).utc_date("value");
  };
  EXPECT_EQ(read("1970-01-01T00:00:07.000Z"), from_epoch(7));
  EXPECT_EQ(read("1970-01-01T00:00:07.001Z"), from_epoch(8));
}

}  // namespace
}  // namespace waxseal::jmapd
