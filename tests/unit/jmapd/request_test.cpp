#include "jmapd/request.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "jmapd/object_list.h"

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

// arguments.n objects of arguments.octets each, then arguments.then
Json many(Call& call, const Json& arguments) {
  ObjectList list(call, "list");
  for (int i = 0; i < arguments.at("n").get<int>(); ++i) {
    list.add({{"id", std::to_string(i)}, {"text", std::string(arguments.at("octets").get<std::size_t>(), 'x')}});
  }
  if (arguments.contains("then")) throw MethodError{arguments.at("then"), ""};
  Json response = {{"state", "1"}};
  list.put_into(response);
  return response;
}
Json write_much(Call&, const Json& arguments) {
  return {{"created", std::string(arguments.at("octets").get<std::size_t>(), 'x')}};
}

const std::vector<MethodRow> kMethods = {
    {"Test/many", kCore, Access::kRead, many},         {"Test/write_much", kCore, Access::kWrite, write_much},
    {"Core/echo", kCore, Access::kRead, echo},         {"Test/seen", kTestCapability, Access::kRead, seen},
    {"Test/refuse", kCore, Access::kRead, refuse},     {"Test/unavailable", kCore, Access::kRead, unavailable},
    {"Test/fail", kCore, Access::kRead, fail},         {"Test/misuse", kCore, Access::kRead, misuse},
    {"Test/not_utf8", kCore, Access::kRead, not_utf8}, {"Test/write", kCore, Access::kWrite, echo},
};

class Request : public testing::Test {
 protected:
  Result<Json, Problem> process(std::string_view body) {
    const Engine engine{database_, clock_, limits_, kMethods, {std::string(kCore), std::string(kTestCapability)}};
    auto answer = process_request(engine, {principal_, "state-1", "de"}, body);
    if (!answer) return unexpected(answer.error());
    return Json::parse(octets_ = answer->whole());
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
  std::string octets_;                                  // of the last answer
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
  EXPECT_LT(octets_.size(), 64u << 20);
}

TEST_F(Request, ObjectsAreWrittenAsTheyAreMade) {
  EXPECT_EQ(one(R"(["Test/many",{"n":2,"octets":1},"c"])"),
            Json::parse(R"(["Test/many",{"list":[{"id":"0","text":"x"},{"id":"1","text":"x"}],"state":"1"},"c"])"));
  EXPECT_EQ(one(R"(["Test/many",{"n":0,"octets":1},"c"])"),
            Json::parse(R"(["Test/many",{"list":[],"state":"1"},"c"])"));
}

TEST_F(Request, WhatAMethodWroteBeforeItFailedIsNotInTheAnswer) {
  for (const char* octets : {"1", "700000"}) {
    const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",{},"a"],
        ["Test/many",{"n":3,"octets":)" +
                                std::string(octets) + R"(,"then":"serverFail"},"b"],["Core/echo",{"c":1},"c"]]})");
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)["methodResponses"],
              Json::parse(R"([["Core/echo",{},"a"],["error",{"type":"serverFail"},"b"],["Core/echo",{"c":1},"c"]])"));
  }
}

TEST_F(Request, AnAnswerDoesNotGrowBeyondItsLimit) {
  limits_.answer.most_octets = 2'000'000;
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[
      ["Test/many",{"n":18,"octets":100000},"a"],["Test/many",{"n":18,"octets":100000},"b"],
      ["Test/write_much",{"octets":300000},"c"],["Core/echo",{"x":1},"d"]]})");
  ASSERT_TRUE(answer);
  const Json& responses = (*answer)["methodResponses"];
  EXPECT_EQ(responses[0][1]["list"].size(), 18u);
  EXPECT_EQ(responses[1][0], "error");
  EXPECT_EQ(responses[1][1]["type"], "requestTooLarge");
  EXPECT_EQ(responses[2][0], "Test/write_much");  // it has happened, and the client is told
  EXPECT_EQ(responses[3][1]["type"], "requestTooLarge");
  limits_.answer.most_octets = 4'000'000;
  EXPECT_EQ(one(R"(["Test/many",{"n":18,"octets":100000},"a"])")[0], "Test/many");
}

TEST_F(Request, ResultReferencesSeeObjectsThatWereWritten) {
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[
      ["Test/many",{"n":40,"octets":1000000},"a"],
      ["Core/echo",{"#ids":{"resultOf":"a","name":"Test/many","path":"/list/*/id"}},"b"],
      ["Core/echo",{"#all":{"resultOf":"a","name":"Test/many","path":"/list"}},"c"]]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["methodResponses"][2][1]["type"], "invalidResultReference");  // 40 MB are not kept
  const auto ids = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[
      ["Test/many",{"n":40,"octets":1000000},"a"],
      ["Core/echo",{"#ids":{"resultOf":"a","name":"Test/many","path":"/list/*/id"}},"b"]]})");
  ASSERT_TRUE(ids);
  EXPECT_EQ((*ids)["methodResponses"][1][1]["ids"].size(), 40u);
  EXPECT_EQ((*ids)["methodResponses"][1][1]["ids"][39], "39");
}

TEST_F(Request, ALongAnswerNeedsItsDirectory) {
  limits_.answer.directory = "/nowhere/at/all";
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[
      ["Test/many",{"n":40,"octets":100000},"a"],["Core/echo",{"x":1},"b"]]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["methodResponses"][0][1]["type"], "serverFail");
  EXPECT_EQ((*answer)["methodResponses"][1][0], "Core/echo");
}

TEST_F(Request, SerialisesWhatIsNotUtf8AsReplacementCharacters) {
  const auto answer = process(R"({"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Test/not_utf8",{},"c"]]})");
  ASSERT_TRUE(answer);
  EXPECT_NE(octets_.find("\"s\":\"\xEF\xBF\xBD\""), std::string::npos);
}

}  // namespace
}  // namespace waxseal::jmapd
