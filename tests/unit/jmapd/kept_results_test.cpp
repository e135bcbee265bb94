#include "jmapd/kept_results.h"

#include <gtest/gtest.h>

#include "jmapd/method.h"
#include "jmapd/result_reference.h"

namespace waxseal::jmapd {
namespace {

Json seen(const std::vector<std::string>& pointers, const Json& value) {
  std::vector<PathTokens> tokens;
  for (const auto& pointer : pointers) tokens.push_back(path_tokens(pointer));
  return seen_by(Paths(tokens.begin(), tokens.end()), value);
}

Json reference(const std::string& call, const std::string& path) {
  return {{"#ids", {{"resultOf", call}, {"name", "Email/get"}, {"path", path}}}};
}

Json resolved(const KeptResults& kept, const Json& arguments) {
  ReferenceBudget budget;
  try {
    return resolve_references(arguments, kept.responses(), budget).at("ids");
  } catch (const MethodError& error) {
    return error.type + ": " + error.description;
  }
}

TEST(SeenBy, KeepsWhatThePathsLookInto) {
  const Json value = Json::parse(R"({"a":[{"b":1,"c":2},{"b":3},4],"d":{"e":{"f":5,"g":6}},"*":7})");
  EXPECT_EQ(seen({""}, value), value);
  EXPECT_EQ(seen({"/d/e/f"}, value), Json::parse(R"({"d":{"e":{"f":5}}})"));
  EXPECT_EQ(seen({"/d/e/f", "/d"}, value), Json::parse(R"({"d":{"e":{"f":5,"g":6}}})"));
  EXPECT_EQ(seen({"/a/*/b"}, value), Json::parse(R"({"a":[{"b":1},{"b":3},null]})"));
  EXPECT_EQ(seen({"/a/1", "/a/0/c"}, value), Json::parse(R"({"a":[{"c":2},{"b":3},null]})"));
  EXPECT_EQ(seen({"/*"}, value), Json::parse(R"({"*":7})"));
  EXPECT_EQ(seen({"/nothing/here"}, value), Json::object());
  EXPECT_EQ(seen({}, value), Json::object());
}

// Whatever is referred to, what was kept answers as the whole result would.
TEST(KeptResults, AnswerAsTheWholeResultWould) {
  const Json list = Json::parse(R"([{"id":"e1","threadId":"t1","x":["p","q"]},{"id":"e2","threadId":"t2","x":[]}])");
  const Json others = Json::parse(R"({"accountId":"a","notFound":["e3"],"state":"1.1"})");
  Json whole = others;
  whole["list"] = list;
  for (const char* path : {"/list/*/threadId", "/list/*/x", "/list/0/id", "/list/1/x/0", "/list", "", "/notFound/0",
                           "/notFound", "/list/2", "/list/*/none", "/list/-", "no pointer", "/state"}) {
    const Json call = reference("0", path);
    KeptResults in_one(1 << 20), one_by_one(1 << 20);
    for (KeptResults* kept : {&in_one, &one_by_one}) kept->expect(call);
    in_one.keep("Email/get", "0", in_one.result_of("0"), whole);
    KeptResult result = one_by_one.result_of("0");
    for (const Json& object : list) result.add("list", nullptr, object);
    one_by_one.keep("Email/get", "0", std::move(result), others);
    ReferenceBudget budget;
    Json expected;
    try {
      expected = resolve_references(call, Json::array({Json::array({"Email/get", whole, "0"})}), budget).at("ids");
    } catch (const MethodError& error) {
      expected = error.type + ": " + error.description;
    }
    EXPECT_EQ(resolved(in_one, call), expected) << path;
    EXPECT_EQ(resolved(one_by_one, call), expected) << path;
  }
}

TEST(KeptResults, KeepNothingThatNobodyRefersTo) {
  KeptResults kept(1 << 20);
  kept.expect(reference("1", "/list/*/id"));
  KeptResult result = kept.result_of("0");
  EXPECT_FALSE(result.wanted());
  result.add("list", nullptr, {{"id", "e1"}});
  kept.keep("Email/get", "0", std::move(result), {{"state", "1"}});
  EXPECT_EQ(kept.responses(), Json::array());
  KeptResult wanted = kept.result_of("1");
  wanted.add("list", nullptr, {{"id", "e1"}, {"subject", "s"}});
  kept.keep("Email/get", "1", std::move(wanted), {{"state", "1"}});
  EXPECT_EQ(kept.responses(), Json::parse(R"([["Email/get",{"list":[{"id":"e1"}]},"1"]])"));
}

TEST(KeptResults, ObjectsByKey) {
  KeptResults kept(1 << 20);
  const Json call = reference("0", "/parsed/k2/id");
  kept.expect(call);
  KeptResult result = kept.result_of("0");
  for (const std::string key : {"k1", "k2"}) result.add("parsed", &key, {{"id", "of " + key}, {"y", 1}});
  kept.keep("Email/get", "0", std::move(result), {{"state", "1"}});
  EXPECT_EQ(kept.responses()[0][1], Json::parse(R"({"parsed":{"k2":{"id":"of k2"}}})"));
  EXPECT_EQ(resolved(kept, call), "of k2");
}

TEST(KeptResults, TheFirstResponseOfACallCounts) {
  KeptResults kept(1 << 20);
  kept.expect(reference("0", "/list"));
  kept.keep("error", "0", kept.result_of("0"), {{"type", "serverFail"}});
  kept.keep("Email/get", "0", kept.result_of("0"), {{"list", {1}}});
  EXPECT_EQ(resolved(kept, reference("0", "/list")),
            "invalidResultReference: the earlier call was answered by another name");
}

TEST(KeptResults, TakeNoMoreThanTheirRoom) {
  for (const std::size_t count : {10u, 1000u}) {
    KeptResults kept(50'000);
    kept.expect(reference("0", "/list/*/id"));
    KeptResult result = kept.result_of("0");
    for (std::size_t i = 0; i < count; ++i) {
      result.add("list", nullptr,
                 {{"id", "id " + std::to_string(i) + std::string(100, 'x')}, {"text", kept.responses()}});
    }
    EXPECT_EQ(result.too_large(), count == 1000);
    kept.keep("Email/get", "0", std::move(result), {{"state", "1"}});
    const Json answer = resolved(kept, reference("0", "/list/*/id"));
    EXPECT_EQ(answer.is_array(), count == 10) << answer.dump();
    if (count == 10) continue;
    EXPECT_EQ(answer, "invalidResultReference: the referenced results are too large");
  }
}

}  // namespace
}  // namespace waxseal::jmapd
