// Runs tests/jmap/**/*.json; its README says what a case is.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "jmapd/blob_id.h"
#include "seeded_account.h"
#include "support/source/source_directory.h"

namespace waxseal::jmapd {
namespace {

namespace fs = std::filesystem;

const fs::path& root() {
  static const fs::path path = fs::path(test::source_directory()) / "tests" / "jmap";
  return path;
}

std::vector<std::string> case_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    if (entry.path().extension() == ".json") files.push_back(fs::relative(entry.path(), root()).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What the placeholders stand for.
std::map<std::string, std::string> names_of(SeededAccount& seeded) {
  std::map<std::string, std::string> names = {{"account", seeded.account()}, {"foreign", seeded.foreign_account()}};
  for (const char* name : {"plain", "verified", "forged", "attachment"}) {
    const store::EmailRow& email = seeded.email(name);
    names["email." + std::string(name)] = to_wire(email.id);
    names["thread." + std::string(name)] = to_wire(email.thread);
    names["blob." + std::string(name)] = to_wire(BlobId{email.blob, ""});
  }
  auto snapshot = seeded.snapshot();
  for (const auto& mailbox : store::get_mailboxes(snapshot)) {
    if (mailbox.role == "inbox") names["inbox"] = to_wire(mailbox.id);
  }
  names["state.Email"] = store::state(snapshot, store::ObjectType::kEmail);
  names["state.Mailbox"] = store::state(snapshot, store::ObjectType::kMailbox);
  names["state.Thread"] = store::state(snapshot, store::ObjectType::kThread);
  return names;
}

std::string filled_in(std::string text, const std::map<std::string, std::string>& names) {
  for (std::size_t at = text.find("${"); at != text.npos; at = text.find("${", at)) {
    const std::size_t end = text.find('}', at);
    text.replace(at, end + 1 - at, names.at(text.substr(at + 2, end - at - 2)));
  }
  return text;
}

// Where `actual` is not what the case expects; "" if it is.
std::string difference(const Json& expected, const Json& actual, const std::string& at = "");

std::string object_difference(const Json& expected, const Json& actual, const std::string& at) {
  for (const auto& [name, value] : expected.items()) {
    const std::string path = at + "/" + name;
    if (value == "$absent") {
      if (actual.contains(name)) return path + " is there";
    } else if (!actual.contains(name)) {
      return path + " is not there";
    } else if (auto inside = difference(value, actual[name], path); !inside.empty()) {
      return inside;
    }
  }
  return "";
}

std::string any_order_difference(const Json& expected, Json actual, const std::string& at) {
  for (const Json& member : expected) {
    const auto found = std::find_if(actual.begin(), actual.end(),
                                    [&](const Json& other) { return difference(member, other).empty(); });
    if (found == actual.end()) return at + " has no " + member.dump();
    actual.erase(found);
  }
  return actual.empty() ? "" : at + " has " + actual.dump() + " too";
}

std::string difference(const Json& expected, const Json& actual, const std::string& at) {
  if (expected == "$any") return "";
  if (expected.is_object() && expected.contains("$same")) {
    return actual.is_array() ? any_order_difference(expected["$same"], actual, at) : at + " is no array";
  }
  if (expected.is_object() && actual.is_object()) return object_difference(expected, actual, at);
  if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (auto inside = difference(expected[i], actual[i], at + "/" + std::to_string(i)); !inside.empty())
        return inside;
    }
    return "";
  }
  return expected == actual ? "" : at + " is " + actual.dump() + ", expected " + expected.dump();
}

class JmapCase : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() { seeded_ = std::make_unique<SeededAccount>(); }
  static void TearDownTestSuite() { seeded_.reset(); }
  static std::unique_ptr<SeededAccount> seeded_;
};
std::unique_ptr<SeededAccount> JmapCase::seeded_;

std::string read_case(const std::string& name) {
  std::ifstream file(root() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Json taken(Json& request, const char* name, Json otherwise) {
  Json value = request.value(name, std::move(otherwise));
  request.erase(name);
  return value;
}

Engine with_limits(Engine engine, const Json& limits) {
  engine.limits.max_objects_in_get = limits.value("maxObjectsInGet", engine.limits.max_objects_in_get);
  engine.limits.max_objects_in_set = limits.value("maxObjectsInSet", engine.limits.max_objects_in_set);
  engine.limits.submission.sending.messages_per_hour = limits.value("messagesPerHour", std::size_t{0});
  return engine;
}

TEST_P(JmapCase, IsAnsweredAsExpected) {
  const std::string text = read_case(GetParam());
  const bool writes = text.find("\"writes\": true") != text.npos;
  const auto own = writes ? std::make_unique<SeededAccount>() : nullptr;
  SeededAccount& seeded = own ? *own : *seeded_;
  Json request = Json::parse(filled_in(text, names_of(seeded)));
  const Json expected = taken(request, "expect", nullptr);
  const std::string fact = taken(request, "fact", "");
  (void)taken(request, "writes", false);
  store::Principal principal = seeded.bob();
  if (taken(request, "scope", "full") == "read-only") principal.scope = store::Scope::kReadOnly;
  principal.administrator = taken(request, "administrator", false).get<bool>();
  const Engine engine = with_limits(seeded.engine(), taken(request, "limits", Json::object()));
  const auto answer = process_request(engine, {principal, "state"}, request.dump());
  const Json actual = answer ? Json::parse(answer->whole()) : answer.error().json();
  EXPECT_EQ(difference(expected, actual), "") << fact << "\n" << actual.dump(2);
}

INSTANTIATE_TEST_SUITE_P(Files, JmapCase, testing::ValuesIn(case_files()), [](const auto& file) {
  std::string name = file.param;
  for (char& c : name) {
    if (!ascii_digit(c) && (ascii_lower(c) < 'a' || ascii_lower(c) > 'z')) c = '_';
  }
  return name;
});

// What the RFCs let a method of this kind refuse with.
std::set<std::string> errors_of(const MethodRow& row) {
  const std::string name(row.name);
  if (name == "Core/echo") return {};
  std::set<std::string> out{"invalidArguments"};
  if (!name.starts_with("PushSubscription/")) out.insert("accountNotFound");
  if (row.access == Access::kWrite) out.insert("accountReadOnly");
  const auto is = [&](std::string_view kind) { return name.ends_with(kind); };
  if (is("/get") || is("/set") || is("/import") || is("/copy")) out.insert("requestTooLarge");
  if (is("/changes") || is("/queryChanges")) out.insert("cannotCalculateChanges");
  if (is("/query")) out.insert("anchorNotFound");
  if (is("/query") || is("/queryChanges")) out.merge(std::set<std::string>{"unsupportedFilter", "unsupportedSort"});
  // One quota is one change, and the seeded account has sent nothing.
  const bool may_change = name != "Quota/queryChanges" && name != "EmailSubmission/queryChanges";
  if (is("/queryChanges") && may_change) out.insert("tooManyChanges");
  if (name == "Email/set" || name == "Mailbox/set" || is("/import")) out.insert("stateMismatch");
  if (is("/set")) out.merge(std::set<std::string>{"notFound", "invalidProperties"});
  if (is("/copy")) out.insert("fromAccountNotFound");
  if (name == "EmailSubmission/set") out.insert("rateLimit");
  return out;
}

struct Shown {
  bool success = false;
  std::set<std::string> errors;
};

void collect_types(const Json& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("type") && value.at("type").is_string())
    out.insert(value.at("type").get<std::string>());
  if (value.is_structured()) {
    for (const Json& inside : value) collect_types(inside, out);
  }
}

Shown shown_for(std::string_view method) {
  Shown out;
  for (const auto& entry : fs::directory_iterator(root() / method)) {
    const Json one = Json::parse(read_case(fs::relative(entry.path(), root()).string()));
    std::map<std::string, std::string> method_of;
    for (const Json& call : one.at("methodCalls")) method_of[call.at(2)] = call.at(0);
    for (const Json& response : one.at("expect").value("methodResponses", Json::array())) {
      if (!response.is_array() || method_of[response.at(2)] != method) continue;
      out.success = out.success || response.at(0) == method;
      collect_types(response.at(1), out.errors);
    }
  }
  return out;
}

// A login has one account, so there is nothing to copy from: Email/copy answers with errors only.
bool can_succeed(std::string_view method) {
  return method != "Email/copy";
}

TEST(JmapCases, EveryMethodShowsSuccessAndEveryError) {
  for (const MethodRow& row : method_table()) {
    const fs::path folder = root() / row.name;
    ASSERT_TRUE(fs::is_directory(folder)) << "no cases in " << folder;
    const Shown shown = shown_for(row.name);
    EXPECT_EQ(shown.success, can_succeed(row.name)) << row.name;
    for (const std::string& error : errors_of(row))
      EXPECT_TRUE(shown.errors.contains(error)) << row.name << " " << error;
  }
}

TEST(JmapCases, ADifferenceIsFound) {
  const auto differs = [](const char* expected, const char* actual) {
    return !difference(Json::parse(expected), Json::parse(actual)).empty();
  };
  EXPECT_FALSE(differs(R"({"a": 1})", R"({"a": 1, "b": 2})"));
  EXPECT_TRUE(differs(R"({"a": 1, "b": "$absent"})", R"({"a": 1, "b": 2})"));
  EXPECT_TRUE(differs(R"({"a": 1})", R"({"a": 2})"));
  EXPECT_TRUE(differs(R"({"a": "$any"})", R"({})"));
  EXPECT_TRUE(differs(R"({"a": null})", R"({})"));
  EXPECT_TRUE(differs(R"([1, 2])", R"([1])"));
  EXPECT_TRUE(differs(R"([1, 2])", R"([2, 1])"));
  EXPECT_FALSE(differs(R"({"$same": [1, 2]})", R"([2, 1])"));
  EXPECT_TRUE(differs(R"({"$same": [1, 2]})", R"([2, 1, 1])"));
  EXPECT_TRUE(differs(R"({"$same": [1, 2]})", R"([2, 2])"));
}

}  // namespace
}  // namespace waxseal::jmapd
