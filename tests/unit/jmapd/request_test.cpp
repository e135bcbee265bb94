#include "jmapd/request.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace waxseal::jmapd {
namespace {

constexpr std::string_view kTestCapability = "urn:test";

Json echo(Call&, const Json& arguments) {
  return arguments;
}
Json seen(Call& call, const Json&) {
  return {{"language", call.language}, {"principal", call.principal.name}};
}
Json refuse(Call&, const Json&) {
  throw MethodError{"forbidden", "not today", {{"extra", 1}}};
}
Json unavailable(Call&, const Json&) {
  throw store::Unavailable("password=secret host is down");
}
Json fail(Call&, const Json&) {
  throw std::runtime_error("a secret of the inside");
}
Json misuse(Call&, const Json& arguments) {
  return {{"n", arguments.at("n").get<int>()}};
}
Json not_utf8(Call&, const Json&) {
  return {{"s", "\xFF"}};
}

const std::vector<MethodRow> kMethods = {
    {"Core/echo", kCore, Access::kRead, echo},         {"Test/seen", kTestCapability, Access::kRead, seen},
    {"Test/refuse", kCore, Access::kRead, refuse},     {"Test/unavailable", kCore, Access::kRead, unavailable},
    {"Test/fail", kCore, Access::kRead, fail},         {"Test/misuse", kCore, Access::kRead, misuse},
    {"Test/not_utf8", kCore, Access::kRead, not_utf8}, {"Test/write", kCore, Access::kWrite, echo},
};

class Request : public testing::Test {
 protected:
  Result<Json, Problem> process(std::string_view body) {
    const Engine engine{database_, clock_, limits_, kMethods, {std::string(kCore), std::string(kTestCapability)}};
    return process_request(engine, {principal_, "state-1", "de"}, body);
  }
  // The response to one call as "name type-or-arguments".
  Json one(const std::string& call, const std::string& using_capabilities = R"(["urn:ietf:params:jmap:core"])") {
    const auto answer = process(R"({"using":)" + using_capabilities + R"(,"methodCalls":[)" + call + "]}");
    return answer ? (*answer)["methodResponses"][0] : answer.error().json();
  }
  std::string problem(std::string_view body) {
    const auto answer = process(body);
    return answer ? "" : answer.error().type;
  }

  Limits limits_;
  store::Database database_{store::DatabaseOptions{}};  // connects on first use: never here
  ManualClock clock_{Time{}};
  store::Principal principal_{{7}, "demo", store::Scope::kFull};
};

TEST_F(Request, CredentialsThatMayOnlyReadDoNotWrite) {
  EXPECT_EQ(one(R"(["Test/write",{},"c"])")[0], "Test/write");
  principal_.scope = store::Scope::kReadOnly;
  EXPECT_EQ(one(R"(["Test/write",{},"c"])")[1]["type"], "accountReadOnly");
  EXPECT_EQ(one(R"(["Core/echo",{},"c"])")[0], "Core/echo");
}

TEST_F(Request, IsAnsweredInOrderWithTheStateOfTheSession) {
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[
      ["Core/echo",{"a":1},"c1"],["Core/echo",{},"c2"],["Core/echo",{"a":2},"c1"]]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, Json::parse(R"({"methodResponses":[["Core/echo",{"a":1},"c1"],["Core/echo",{},"c2"],
      ["Core/echo",{"a":2},"c1"]],"sessionState":"state-1"})"));
}

TEST_F(Request, CreatedIdsComeBackOnlyIfTheyWereGiven) {
  const auto with = process(R"({"using":[],"methodCalls":[],"createdIds":{"k":"e1"}})");
  ASSERT_TRUE(with);
  EXPECT_EQ((*with)["createdIds"], (Json{{"k", "e1"}}));
  const auto without = process(R"({"using":[],"methodCalls":[]})");
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->contains("createdIds"));
}

TEST_F(Request, UnknownMembersOfTheRequestAreIgnored) {
  EXPECT_EQ(problem(R"({"using":[],"methodCalls":[],"future":{}})"), "");
}

TEST_F(Request, ErrorsOfTheWholeRequest) {
  EXPECT_EQ(problem(R"({"using":[],"methodCalls":[]})"), "");
  EXPECT_EQ(problem("{"), kNotJson);
  EXPECT_EQ(problem(R"({"using":[],"using":[],"methodCalls":[]})"), kNotJson);
  for (const char* body : {
           R"([])",
           R"({"methodCalls":[]})",
           R"({"using":[]})",
           R"({"using":{},"methodCalls":[]})",
           R"({"using":[1],"methodCalls":[]})",
           R"({"using":[],"methodCalls":{}})",
           R"({"using":[],"methodCalls":[["Core/echo",{}]]})",
           R"({"using":[],"methodCalls":[["Core/echo",{},"c","d"]]})",
           R"({"using":[],"methodCalls":[["Core/echo",[],"c"]]})",
           R"({"using":[],"methodCalls":[[1,{},"c"]]})",
           R"({"using":[],"methodCalls":[["Core/echo",{},1]]})",
           R"({"using":[],"methodCalls":[],"createdIds":[]})",
           R"({"using":[],"methodCalls":[],"createdIds":{"k":1}})",
       }) {
    EXPECT_EQ(problem(body), kNotRequest) << body;
  }
}

TEST_F(Request, ACapabilityThatIsNotOfferedIsUnknown) {
  EXPECT_EQ(problem(R"({"using":["urn:test"],"methodCalls":[]})"), "");
  EXPECT_EQ(problem(R"({"using":["urn:test2"],"methodCalls":[]})"), kUnknownCapability);
}

TEST_F(Request, MoreCallsThanTheLimitNameTheLimit) {
  limits_.max_calls_in_request = 1;
  EXPECT_EQ(problem(R"({"using":[],"methodCalls":[["a",{},""]]})"), "");
  const auto answer = process(R"({"using":[],"methodCalls":[["a",{},""],["a",{},""]]})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().type, kLimit);
  EXPECT_EQ(answer.error().json()["limit"], "maxCallsInRequest");
}

TEST_F(Request, AMethodExistsOnlyWithItsCapability) {
  EXPECT_EQ(one(R"(["Test/seen",{},"c"])", R"(["urn:test"])"),
            Json::parse(R"(["Test/seen",{"language":"de","principal":"demo"},"c"])"));
  EXPECT_EQ(one(R"(["Test/seen",{},"c"])")[1]["type"], "unknownMethod");
  EXPECT_EQ(one(R"(["Test/nothing",{},"c"])", R"(["urn:test"])")[1]["type"], "unknownMethod");
}

TEST_F(Request, AMethodErrorIsOneResponseAndTheNextCallRuns) {
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],
      "methodCalls":[["Test/refuse",{},"a"],["Core/echo",{},"b"]]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(
      (*answer)["methodResponses"],
      Json::parse(R"([["error",{"type":"forbidden","description":"not today","extra":1},"a"],["Core/echo",{},"b"]])"));
}

TEST_F(Request, ABrokenStoreIsServerUnavailableAndSaysNothingOfTheInside) {
  const Json response = one(R"(["Test/unavailable",{},"c"])");
  EXPECT_EQ(response[1]["type"], "serverUnavailable");
  EXPECT_EQ(response.dump().find("secret"), std::string::npos);
}

TEST_F(Request, AnUnexpectedExceptionIsServerFailAndSaysNothingOfTheInside) {
  const Json response = one(R"(["Test/fail",{},"c"])");
  EXPECT_EQ(response[1]["type"], "serverFail");
  EXPECT_EQ(response.dump().find("secret"), std::string::npos);
}

TEST_F(Request, AnArgumentOfTheWrongTypeIsInvalidArgumentsEvenIfTheMethodForgotToLook) {
  EXPECT_EQ(one(R"(["Test/misuse",{"n":1},"c"])")[0], "Test/misuse");
  EXPECT_EQ(one(R"(["Test/misuse",{"n":"1"},"c"])")[1]["type"], "invalidArguments");
}

TEST_F(Request, ResultReferencesSeeTheCallsBefore) {
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[
      ["Core/echo",{"ids":["x"]},"a"],
      ["Core/echo",{"#got":{"resultOf":"a","name":"Core/echo","path":"/ids"}},"b"],
      ["Core/echo",{"#got":{"resultOf":"c","name":"Core/echo","path":"/ids"}},"c"]]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["methodResponses"][1], Json::parse(R"(["Core/echo",{"got":["x"]},"b"])"));
  EXPECT_EQ((*answer)["methodResponses"][2][1]["type"], "invalidResultReference");
}

TEST_F(Request, EchoesOfEchoesDoNotGrowWithoutEnd) {
  Json calls = Json::array({Json::array({"Core/echo", {{"x", std::string(1000, 'x')}}, "0"})});
  for (int i = 1; i < 32; ++i) {
    const Json whole = {{"resultOf", std::to_string(i - 1)}, {"name", "Core/echo"}, {"path", ""}};
    calls.push_back(Json::array({"Core/echo", {{"#a", whole}, {"#b", whole}}, std::to_string(i)}));
  }
  const auto answer = process(Json{{"using", {kCore}}, {"methodCalls", calls}}.dump());
  ASSERT_TRUE(answer);
  const Json& responses = (*answer)["methodResponses"];
  EXPECT_EQ(responses[5][0], "Core/echo");
  EXPECT_EQ(responses[31][1]["type"], "invalidResultReference");
  EXPECT_LT(serialise(*answer).size(), 64u << 20);
}

TEST_F(Request, SerialisesWhatIsNotUtf8AsReplacementCharacters) {
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Test/not_utf8",{},"c"]]})");
  ASSERT_TRUE(answer);
  EXPECT_NE(serialise(*answer).find("\"s\":\"\xEF\xBF\xBD\""), std::string::npos);
}

}  // namespace
}  // namespace waxseal::jmapd
