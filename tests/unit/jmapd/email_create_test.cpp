// Email/set "create" (RFC 8621 section 4.6): what a client describes is what it reads again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "store/uploads.h"
#include "support/database_invariants.h"
#include "unit/jmapd/mail_account.h"

namespace waxseal::jmapd {
namespace {

class EmailCreate : public testing::Test {
 protected:
  std::string upload(const std::string& octets) {
    const Json answer =
        mail_.call("Blob/upload", {{"create", {{"b", {{"data", Json::array({{{"data:asText", octets}}})}}}}}});
    return answer.at("created").at("b").at("id");
  }
  Json draft(Json more = Json::object()) {
    Json email{{"mailboxIds", {{to_wire(mail_.mailbox("drafts")), true}}}};
    email.update(more);
    return email;
  }
  Json create(const Json& email) { return mail_.call("Email/set", {{"create", {{"k", email}}}}); }
  // What came of it, with these properties.
  Json made(const Json& email, const Json& properties) {
    const Json answer = create(email);
    if (!answer.at("created").is_object()) {
      ADD_FAILURE() << answer.dump(1);
      return {};
    }
    return mail_
        .call("Email/get", {{"ids", Json::array({answer.at("created").at("k").at("id")})},
                            {"properties", properties},
                            {"fetchAllBodyValues", true},
                            {"bodyProperties", kParts}})
        .at("list")
        .at(0);
  }
  // Properties that the refusal names, or the type of another error.
  Json refused(const Json& email) {
    const Json answer = create(email);
    if (!answer.at("notCreated").is_object()) return "created";
    const Json error = answer.at("notCreated").at("k");
    return error.at("type") == "invalidProperties" ? error.at("properties") : error.at("type");
  }

  // Contents of the leaves of a part.
  void leaves(const Json& part, std::multiset<std::string>& out) {
    for (const Json& child : part.value("subParts", Json::array())) leaves(child, out);
    if (part.at("blobId").is_null()) return;
    const Json got = mail_.call("Blob/get", {{"ids", {part.at("blobId")}}, {"properties", {"data:asText"}}});
    std::string text = got.at("list").at(0).at("data:asText");
    for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n", at)) text.erase(at, 1);
    out.insert(text);
  }

  const Json kParts{"partId", "blobId",   "type",     "charset", "name",    "disposition",
                    "cid",    "language", "location", "size",    "subParts"};
  MailAccount mail_;
};

Json values(const std::string& text) {
  return {{"1", {{"value", text}}}};
}

TEST_F(EmailCreate, HasWhatSection46Demands) {
  const Json answer = create(draft({{"keywords", {{"$draft", true}, {"$seen", true}}},
                                    {"from", {{{"name", "Alice"}, {"email", "alice@example.org"}}}},
                                    {"subject", "World domination"},
                                    {"receivedAt", "2026-01-02T03:04:05Z"},
                                    {"bodyStructure", {{"partId", "1"}, {"type", "text/plain"}}},
                                    {"bodyValues", values("I have the most brilliant plan.\nLet me tell you.")}}));
  const Json made = answer.at("created").at("k");
  EXPECT_EQ(made.size(), 4U);
  for (const char* name : {"id", "blobId", "threadId", "size"}) EXPECT_TRUE(made.contains(name)) << name;
  const Json email =
      mail_.call("Email/get", {{"ids", Json::array({made.at("id")})}, {"fetchTextBodyValues", true}}).at("list").at(0);
  EXPECT_EQ(email.at("keywords"), Json({{"$draft", true}, {"$seen", true}}));
  EXPECT_EQ(email.at("subject"), "World domination");
  EXPECT_EQ(email.at("receivedAt"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(email.at("sentAt"), format_utc_date(mail_.clock().now()));
  EXPECT_TRUE(email.at("messageId").at(0).get<std::string>().ends_with("@example.org"));
  EXPECT_EQ(email.at("bodyValues").at("1").at("value"), "I have the most brilliant plan.\nLet me tell you.");
  EXPECT_EQ(email.at("size"), made.at("size"));
  EXPECT_EQ(test::broken_invariants(mail_.sql()), "");
}

TEST_F(EmailCreate, EveryHeaderFormReadsBack) {
  const Json address{{"name", "J\xC3\xB6rg \"x\" M\xC3\xBCller"}, {"email", "joerg@example.org"}};
  const Json bare{{"name", nullptr}, {"email", "b@example.org"}};
  const Json given{
      {"messageId", {"a.b@example.org"}},
      {"inReplyTo", {"c@example.org"}},
      {"references", {"c@example.org", "d@example.org"}},
      {"sender", {bare}},
      {"from", {address}},
      {"to", {address, bare}},
      {"cc", {bare}},
      {"bcc", {address}},
      {"replyTo", {bare}},
      {"subject", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
      {"sentAt", "2014-10-30T14:12:00+08:00"},
      {"header:X-Raw", " as it is\r\n folded"},
      {"header:X-Text:asText", "gr\xC3\xBC\xC3\x9F"},
      {"header:X-Many:asText:all", {"one", "two"}},
      {"header:X-Groups:asGroupedAddresses",
       {{{"name", "us"}, {"addresses", {address, bare}}}, {{"name", nullptr}, {"addresses", {bare}}}}},
      {"header:X-Ids:asMessageIds", {"x@y", "z@y"}},
      {"header:X-When:asDate", "2026-01-02T03:04:05Z"},
      {"header:List-Post:asURLs", {"mailto:list@example.org", "https://example.org/"}},
      {"header:X-All:asAddresses:all", {{address}, {bare}}},
  };
  Json properties = Json::array();
  for (const auto& [name, value] : given.items()) properties.push_back(name);
  const Json got = made(draft(given), properties);
  for (const auto& [name, value] : given.items()) EXPECT_EQ(got.at(name), value) << name;
}

TEST_F(EmailCreate, TextHtmlAndAttachmentsReadBack) {
  const std::string blob = upload("not really a picture");
  const Json got = made(
      draft({{"textBody", {{{"partId", "t"}, {"type", "text/plain"}}}},
             {"htmlBody", {{{"partId", "h"}, {"type", "text/html"}}}},
             {"attachments",
              {{{"blobId", blob}, {"type", "image/png"}, {"name", "b\xC3\xA4r.png"}},
               {{"blobId", blob},
                {"type", "image/gif"},
                {"disposition", "inline"},
                {"cid", "pic@x"},
                {"language", {"de"}},
                {"location", "x/y"}}}},
             {"bodyValues",
              {{"t", {{"value", "text \xF0\x9F\x94\x92"}, {"isTruncated", false}}}, {"h", {{"value", "<p>html"}}}}}}),
      {"textBody", "htmlBody", "attachments", "bodyValues", "hasAttachment", "bodyStructure"});
  ASSERT_EQ(got.at("textBody").size(), 1U) << got.dump(1);
  EXPECT_EQ(got.at("bodyValues").at(got.at("textBody").at(0).at("partId").get<std::string>()).at("value"),
            "text \xF0\x9F\x94\x92");
  EXPECT_EQ(got.at("bodyValues").at(got.at("htmlBody").at(0).at("partId").get<std::string>()).at("value"), "<p>html");
  ASSERT_EQ(got.at("attachments").size(), 2U) << got.dump(1);
  const Json &in_html = got.at("attachments").at(0), &file = got.at("attachments").at(1);
  EXPECT_EQ(in_html.at("cid"), "pic@x");
  EXPECT_EQ(in_html.at("disposition"), "inline");
  EXPECT_EQ(in_html.at("language"), Json({"de"}));
  EXPECT_EQ(in_html.at("location"), "x/y");
  EXPECT_EQ(file.at("name"), "b\xC3\xA4r.png");
  EXPECT_EQ(file.at("disposition"), "attachment");
  EXPECT_EQ(file.at("size"), 20);
  EXPECT_EQ(got.at("hasAttachment"), true);
  EXPECT_EQ(got.at("bodyStructure").at("type"), "multipart/mixed");
}

TEST_F(EmailCreate, WhatContradictsItselfIsNamed) {
  const std::string blob = upload("x");
  const Json text{{"partId", "1"}, {"type", "text/plain"}};
  const auto body = [&](const Json& part) { return draft({{"bodyStructure", part}, {"bodyValues", values("x")}}); };
  const auto with = [](Json part, const Json& more) {
    part.update(more);
    return part;
  };
  EXPECT_EQ(refused(body(text)), "created");
  EXPECT_EQ(refused(Json::object()), Json({"mailboxIds"}));
  EXPECT_EQ(refused(draft({{"mailboxIds", Json::object()}})), Json({"mailboxIds"}));
  EXPECT_EQ(refused(draft({{"mailboxIds", {{"m999999", true}}}})), Json({"mailboxIds"}));
  EXPECT_EQ(refused(draft({{"keywords", {{"a b", true}}}})), Json({"keywords"}));
  EXPECT_EQ(refused(draft({{"keywords", {{"a", false}}}})), Json({"keywords"}));
  EXPECT_EQ(refused(draft({{"receivedAt", "yesterday"}})), Json({"receivedAt"}));
  for (const char* name :
       {"id", "blobId", "threadId", "size", "hasAttachment", "preview", "headers", "colour", "smimeStatus"}) {
    EXPECT_EQ(refused(draft({{name, "x"}})), Json({name}));
  }
  // The same field twice, in whatever spelling.
  const Json bob = Json::array({{{"email", "bob@example.org"}}});
  EXPECT_EQ(refused(draft({{"from", bob}, {"header:FROM:asAddresses", bob}})),
            Json({"from", "header:FROM:asAddresses"}));
  EXPECT_EQ(refused(draft({{"header:X", " a"}, {"header:x:asText", "a"}})), Json({"header:X", "header:x:asText"}));
  // Forms that the field does not have; Content- on the Email.
  EXPECT_EQ(refused(draft({{"header:From:asDate", "2026-01-02T03:04:05Z"}})), Json({"header:From:asDate"}));
  EXPECT_EQ(refused(draft({{"header:Content-Language", " de"}})), Json({"header:Content-Language"}));
  // What would become another field, or reads back as something else.
  EXPECT_EQ(refused(draft({{"subject", "a\r\nBcc: x@y"}})), Json({"subject"}));
  EXPECT_EQ(refused(draft({{"header:X", " a\r\nBcc: x@y"}})), Json({"header:X"}));
  EXPECT_EQ(refused(draft({{"header:X", " a\r\n\r\nbody"}})), Json({"header:X"}));
  EXPECT_EQ(refused(draft({{"to", {{{"email", "a@x, b@y"}}}}})), Json({"to"}));
  EXPECT_EQ(refused(draft({{"to", {{{"email", "a@x\r\nBcc: b@y"}}}}})), Json({"to"}));
  EXPECT_EQ(refused(draft({{"to", "bob@example.org"}})), Json({"to"}));
  EXPECT_EQ(refused(draft({{"messageId", {"a> <b"}}})), Json({"messageId"}));
  EXPECT_EQ(refused(draft({{"sentAt", "soon"}})), Json({"sentAt"}));
  EXPECT_EQ(refused(draft({{"subject", 1}})), Json({"subject"}));
  // bodyStructure or the lists.
  Json both = body(text);
  both["textBody"] = Json::array({text});
  EXPECT_EQ(refused(both), Json({"textBody"}));
  both = body(with(text, {{"header:Subject", " x"}}));
  EXPECT_EQ(refused(both), "created");
  both["subject"] = "y";
  EXPECT_EQ(refused(both), Json({"bodyStructure/header:Subject"}));
  // One part of its type.
  EXPECT_EQ(refused(draft({{"textBody", {text, text}}, {"bodyValues", values("x")}})), Json({"textBody"}));
  EXPECT_EQ(refused(draft({{"textBody", {with(text, {{"type", "text/html"}})}}, {"bodyValues", values("x")}})),
            Json({"textBody/0/type"}));
  EXPECT_EQ(refused(draft({{"htmlBody", {text}}, {"bodyValues", values("x")}})), Json({"htmlBody/0/type"}));
  // Within a part.
  EXPECT_EQ(refused(body(with(text, {{"headers", Json::array()}}))), Json({"bodyStructure/headers"}));
  EXPECT_EQ(refused(body(with(text, {{"blobId", blob}}))), Json({"bodyStructure/blobId", "bodyStructure/partId"}));
  EXPECT_EQ(refused(body({{"type", "text/plain"}})), Json({"bodyStructure/partId"}));
  EXPECT_EQ(refused(body(with(text, {{"partId", "2"}}))), Json({"bodyStructure/partId"}));
  EXPECT_EQ(refused(body(with(text, {{"charset", "utf-8"}}))), Json({"bodyStructure/charset"}));
  EXPECT_EQ(refused(body(with(text, {{"size", 1}}))), Json({"bodyStructure/size"}));
  EXPECT_EQ(refused(body(with(text, {{"header:Content-Transfer-Encoding", " 8bit"}}))),
            Json({"bodyStructure/header:Content-Transfer-Encoding"}));
  EXPECT_EQ(refused(body(with(text, {{"header:Content-Type", " text/plain"}}))),
            Json({"bodyStructure/header:Content-Type"}));
  EXPECT_EQ(refused(body(with(text, {{"type", "text"}}))), Json({"bodyStructure/type"}));
  EXPECT_EQ(refused(body(with(text, {{"cid", "a b"}}))), Json({"bodyStructure/cid"}));
  EXPECT_EQ(refused(body(with(text, {{"name", "a\nb"}}))), Json({"bodyStructure/name"}));
  EXPECT_EQ(refused(body({{"type", "multipart/mixed"}})), Json({"bodyStructure/subParts"}));
  EXPECT_EQ(refused(body({{"type", "multipart/mixed"}, {"subParts", {text, {{"type", "text/plain"}}}}})),
            Json({"bodyStructure/subParts/1/partId"}));
  EXPECT_EQ(refused(draft({{"bodyValues", {{"1", {{"value", "x"}, {"isTruncated", true}}}}}})), Json({"bodyValues/1"}));
  EXPECT_EQ(refused(draft({{"bodyValues", {{"1", {{"value", "x"}, {"isEncodingProblem", true}}}}}})),
            Json({"bodyValues/1"}));
  // size beside a blobId is ignored.
  EXPECT_EQ(refused(body({{"blobId", blob}, {"type", "text/plain"}, {"size", 17}})), "created");
}

TEST_F(EmailCreate, EveryMissingBlobIsNamed) {
  const std::string none = "b" + std::string(64, '0');
  const Json answer =
      create(draft({{"attachments", {{{"blobId", none}}, {{"blobId", upload("x")}}, {{"blobId", "nothing"}}}}}));
  const Json error = answer.at("notCreated").at("k");
  EXPECT_EQ(error.at("type"), "blobNotFound");
  EXPECT_EQ(error.at("notFound"), Json({none, "nothing"}));
}

TEST_F(EmailCreate, TooMuchOfAnything) {
  Json keywords = Json::object(), mailboxes = Json::object();
  for (int i = 0; i < 129; ++i) keywords["k" + std::to_string(i)] = true;
  for (int i = 1; i < 258; ++i) mailboxes["m" + std::to_string(100000 + i)] = true;
  EXPECT_EQ(refused(draft({{"keywords", keywords}})), "tooManyKeywords");
  EXPECT_EQ(refused(draft({{"mailboxIds", mailboxes}})), "tooManyMailboxes");
  store::set_quota(mail_.database(), mail_.id(), 100);
  EXPECT_EQ(refused(draft({{"subject", "does not fit"}})), "overQuota");
}

TEST_F(EmailCreate, StatesAndReferences) {
  const Json first = create(draft());
  EXPECT_EQ(mail_.refusal("Email/set", {{"ifInState", first.at("oldState")}, {"create", {{"k", draft()}}}}),
            "stateMismatch");
  const Json second = mail_.call("Email/set", {{"ifInState", first.at("newState")},
                                               {"create", {{"k", draft()}, {"l", draft()}}},
                                               {"update", {{"#k", {{"keywords/$flagged", true}}}}},
                                               {"destroy", {"#l"}}});
  EXPECT_EQ(second.at("oldState"), first.at("newState"));
  EXPECT_EQ(second.at("updated").size(), 1U);
  EXPECT_EQ(second.at("destroyed").size(), 1U);
  const Json changes = mail_.call("Email/changes", {{"sinceState", first.at("newState")}});
  EXPECT_EQ(changes.at("created"), Json::array({second.at("created").at("k").at("id")}));
  EXPECT_EQ(changes.at("newState"), second.at("newState"));
  EXPECT_EQ(test::broken_invariants(mail_.sql()), "");
}

// Any tree of parts comes back as it was described.
class RandomTree {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  Json part(int depth) {
    if (depth < 4 && pick(3) == 0) {
      Json children = Json::array();
      for (int i = 0, count = 1 + pick(3); i < count; ++i) children.push_back(part(depth + 1));
      return {{"type", pick(2) ? "multipart/mixed" : "multipart/related"}, {"subParts", children}};
    }
    const std::string id = "p" + std::to_string(values.size());
    values[id] = {{"value", text()}};
    Json out{{"partId", id}, {"type", pick(2) ? "text/plain" : "text/html"}};
    if (pick(2)) out["name"] = word();
    if (pick(2)) out["disposition"] = pick(2) ? "inline" : "attachment";
    if (pick(3) == 0) out["cid"] = "c" + std::to_string(pick(1000));
    return out;
  }
  std::string word() {
    static const std::vector<std::string> words{"a.txt", "\xC3\xA9t\xC3\xA9",  "with space", "\"q\"",
                                                "x;y=z", std::string(90, 'n'), "100%"};
    return words[static_cast<std::size_t>(pick(static_cast<int>(words.size())))];
  }
  std::string text() {
    std::string out;
    for (int i = 0, count = pick(30); i < count; ++i) out += word() + (pick(4) ? " " : "\n");
    return out;
  }
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  Json values = Json::object();

 private:
  std::mt19937 random_;
};

void expect_same(const Json& given, const Json& got, const Json& given_values, const Json& got_values) {
  EXPECT_EQ(got.at("type"), given.at("type"));
  if (given.contains("subParts")) {
    ASSERT_EQ(got.at("subParts").size(), given.at("subParts").size());
    for (std::size_t i = 0; i < given.at("subParts").size(); ++i) {
      expect_same(given.at("subParts").at(i), got.at("subParts").at(i), given_values, got_values);
    }
    return;
  }
  for (const char* name : {"name", "disposition", "cid"}) EXPECT_EQ(got.at(name), given.value(name, Json())) << name;
  EXPECT_EQ(got_values.at(got.at("partId").get<std::string>()).at("value"),
            given_values.at(given.at("partId").get<std::string>()).at("value"));
  EXPECT_EQ(got_values.at(got.at("partId").get<std::string>()).at("isEncodingProblem"), false);
}

TEST_F(EmailCreate, AnyStructureReadsBack) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    RandomTree tree(seed);
    const Json structure = tree.part(0);
    const std::string subject = tree.word() + " " + tree.word();
    const Json got = made(draft({{"subject", subject}, {"bodyStructure", structure}, {"bodyValues", tree.values}}),
                          {"bodyStructure", "bodyValues", "subject"});
    EXPECT_EQ(got.at("subject"), subject);
    expect_same(structure, got.at("bodyStructure"), tree.values, got.at("bodyValues"));
    if (HasFailure()) FAIL() << "seed " << seed << "\n" << structure.dump(1);
  }
}

// --- messages that another server's tests create (WAXSEAL_TESTDATA); there a blobId is the content itself

using Texts = std::multiset<std::string>;

// What they write and no RFC allows: keywords that are false, a receivedAt with a zone.
Json as_rfc8621(Json email) {
  Json keywords = Json::object();
  const Json given = email.value("keywords", Json::object());
  for (const auto& [keyword, value] : given.items()) {
    if (value == true) keywords[keyword] = true;
  }
  email["keywords"] = keywords;
  email["receivedAt"] = format_utc_date(parse_date_time(email.at("receivedAt").get<std::string>()).value());
  return email;
}

template <class Upload>
void upload_blobs(Json& value, Texts& contents, const Upload& upload) {
  if (value.is_object() && value.contains("blobId")) {
    contents.insert(value.at("blobId").get<std::string>());
    value["blobId"] = upload(value.at("blobId").get<std::string>());
  }
  if (!value.is_structured()) return;
  for (Json& inside : value) upload_blobs(inside, contents, upload);
}

// Absent members are null in what is read.
bool same(const Json& given, const Json& got) {
  if (given.is_array() && got.is_array() && given.size() == got.size()) {
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!same(given[i], got[i])) return false;
    }
    return true;
  }
  if (given.is_object() && got.is_object()) {
    for (const auto& [name, value] : got.items()) {
      if (!same(given.value(name, Json()), value)) return false;
    }
    return true;
  }
  if (given == got) return true;
  if (!given.is_string() || !got.is_string()) return false;
  const auto one = parse_date_time(given.get<std::string>()), other = parse_date_time(got.get<std::string>());
  return one && other && *one == *other;
}

TEST_F(EmailCreate, MessagesOfAnotherServersTestsReadBack) {
  const char* root = std::getenv("WAXSEAL_TESTDATA");
  if (root == nullptr) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  std::size_t messages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(root) + "/mime/stalwart-jmap/email_set")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    Json email = as_rfc8621(draft(Json::parse(file)));
    Texts contents;
    upload_blobs(email, contents, [&](const std::string& text) { return upload(text); });
    const Json texts = email.value("bodyValues", Json::object());
    for (const auto& [id, value] : texts.items()) contents.insert(value.at("value").get<std::string>());
    Json properties = {"bodyStructure"};
    for (const auto& [name, value] : email.items()) {
      if (name.find("ody") == std::string::npos && name != "attachments") properties.push_back(name);
    }
    const Json got = made(email, properties);
    for (const auto& [name, value] : email.items()) {
      if (!got.contains(name) || name == "bodyStructure") continue;
      EXPECT_TRUE(same(value, got.at(name))) << entry.path() << " " << name << got.at(name);
    }
    ++messages;
    if (contents.empty()) continue;  // an empty text is made
    Texts read;
    leaves(got.at("bodyStructure"), read);
    EXPECT_EQ(read, contents) << entry.path();
  }
  EXPECT_GE(messages, 6U);
}

}  // namespace
}  // namespace waxseal::jmapd
