#include "jmapd/result_reference.h"

#include <gtest/gtest.h>

#include "jmapd/method.h"

namespace waxseal::jmapd {
namespace {

const Json kResponses = Json::parse(R"json([
  ["Foo/changes", {"created": ["f1", "f4"], "a/b": {"m~n": 7}, "": 8, "*": 9}, "t0"],
  ["error", {"type": "unknownMethod"}, "t1"],
  ["Foo/get", {"list": [
      {"id": "1", "threadId": "x", "ids": ["a", "b"], "deep": [[1], [2]]},
      {"id": "2", "threadId": "y", "ids": [], "deep": [[3]]}], "none": []}, "t2"],
  ["Foo/get", {"list": "second answer"}, "t2"]
])json");

Json reference(const char* result_of, const char* name, const char* path) {
  return {{"resultOf", result_of}, {"name", name}, {"path", path}};
}

Json resolved(const Json& arguments) {
  ReferenceBudget budget;
  return resolve_references(arguments, kResponses, budget);
}

std::string error_of(const Json& arguments, ReferenceBudget budget = {}) {
  try {
    resolve_references(arguments, kResponses, budget);
    return "";
  } catch (const MethodError& error) {
    return error.type;
  }
}

struct Path {
  const char* result_of;
  const char* name;
  const char* path;
  const char* expected;  // JSON, or "" for invalidResultReference
};

class ResultReferencePath : public testing::TestWithParam<Path> {};

TEST_P(ResultReferencePath, SelectsWhatTheClauseSays) {
  const auto& [result_of, name, path, expected] = GetParam();
  const Json arguments = {{"#x", reference(result_of, name, path)}};
  if (std::string_view(expected).empty()) {
    EXPECT_EQ(error_of(arguments), "invalidResultReference") << path;
  } else {
    EXPECT_EQ(resolved(arguments), (Json{{"x", Json::parse(expected)}})) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Section3_7, ResultReferencePath,
                         testing::Values(Path{"t0", "Foo/changes", "/created", R"(["f1","f4"])"},  //
                                         Path{"t0", "Foo/changes", "/created/1", R"("f4")"},       //
                                         Path{"t0", "Foo/changes", "/created/2", ""},              //
                                         Path{"t0", "Foo/changes", "/created/01", ""},  // RFC 6901: no leading zero
                                         Path{"t0", "Foo/changes", "/created/-", ""},   //
                                         Path{"t0", "Foo/changes", "/created/99999999999999999999", ""},
                                         Path{"t0", "Foo/changes", "/a~1b/m~0n", "7"},  // RFC 6901: escapes
                                         Path{"t0", "Foo/changes", "/a~2b", ""},        //
                                         Path{"t0", "Foo/changes", "/a~", ""},          //
                                         Path{"t0", "Foo/changes", "/", "8"},           // the member named ""
                                         Path{"t0", "Foo/changes", "created", ""},      // a pointer begins with "/"
                                         Path{"t0", "Foo/changes", "/missing", ""},     //
                                         Path{"t0", "Foo/changes", "/*", "9"},          // "*" maps arrays only
                                         Path{"t2", "Foo/get", "/list/*/threadId", R"(["x","y"])"},
                                         Path{"t2", "Foo/get", "/list/*/ids", R"(["a","b"])"},    // flattened
                                         Path{"t2", "Foo/get", "/list/*/deep/*", "[1,2,3]"},      //
                                         Path{"t2", "Foo/get", "/list/*/deep", "[[1],[2],[3]]"},  // one level only
                                         Path{"t2", "Foo/get", "/list/*/missing", ""},            //
                                         Path{"t2", "Foo/get", "/none/*/anything", "[]"},         //
                                         Path{"t9", "Foo/get", "/list", ""},                      // no such call
                                         Path{"t2", "Foo/query", "/list", ""},                    // another name
                                         Path{"t1", "Foo/get", "/type", ""}));  // it was answered by an error

TEST(ResultReference, TheEmptyPathIsTheWholeResponse) {
  EXPECT_EQ(resolved({{"#x", reference("t1", "error", "")}}), (Json{{"x", {{"type", "unknownMethod"}}}}));
}

TEST(ResultReference, PlainArgumentsStay) {
  EXPECT_EQ(resolved({{"a", 1}, {"#b", reference("t0", "Foo/changes", "/created/0")}}), (Json{{"a", 1}, {"b", "f1"}}));
}

TEST(ResultReference, BothFormsOfOneNameAreInvalidArguments) {
  const Json good = reference("t0", "Foo/changes", "/created");
  EXPECT_EQ(error_of({{"ids", Json::array()}, {"#ids", good}}), "invalidArguments");
  EXPECT_EQ(error_of({{"idz", Json::array()}, {"#ids", good}}), "");
}

TEST(ResultReference, AnythingButAResultReferenceFailsToResolve) {
  const Json good = reference("t0", "Foo/changes", "/created");
  EXPECT_EQ(error_of({{"#x", good}}), "");
  for (const char* member : {"resultOf", "name", "path"}) {
    Json missing = good;
    missing.erase(member);
    EXPECT_EQ(error_of({{"#x", missing}}), "invalidResultReference");
    Json wrong = good;
    wrong[member] = 1;
    EXPECT_EQ(error_of({{"#x", wrong}}), "invalidResultReference");
  }
  EXPECT_EQ(error_of({{"#x", "t0"}}), "invalidResultReference");
}

TEST(ResultReference, ResolvedValuesAreChargedToTheBudget) {
  const Json arguments = {{"#x", reference("t2", "Foo/get", "/list/*/threadId")}};
  EXPECT_EQ(error_of(arguments, {.octets = 1000}), "");
  EXPECT_EQ(error_of(arguments, {.octets = 20}), "invalidResultReference");
  const Json deep = {{"#x", reference("t2", "Foo/get", "/list")}};
  EXPECT_EQ(error_of(deep, {.depth = 4}), "");
  EXPECT_EQ(error_of(deep, {.depth = 3}), "invalidResultReference");
}

}  // namespace
}  // namespace waxseal::jmapd
