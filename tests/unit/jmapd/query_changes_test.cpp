// Foo/queryChanges (RFC 8620 section 5.6): the client's list with the changes is the list of a fresh query.
#include <gtest/gtest.h>

#include <random>

#include "jmapd/method.h"
#include "jmapd/smime_details.h"
#include "unit/reverify/mailbox.h"

namespace waxseal::jmapd {
namespace {

class Account {
 public:
  Account() { mailbox_.trust(test::pki().root); }

  Json call(std::string_view method, Json arguments) {
    arguments["accountId"] = to_wire(mailbox_.account);
    Call call{*mailbox_.database, principal_, capabilities_, limits_, mailbox_.clock};
    const auto& table = method_table();
    const auto row = std::find_if(table.begin(), table.end(), [&](const MethodRow& one) { return one.name == method; });
    return row->function(call, arguments);
  }
  std::string deliver(const std::string& octets) {
    mailbox_.clock.advance(Seconds(7));
    return to_wire(mailbox_.deliver(octets));
  }
  void set_trust(bool trusted) {
    trusted ? mailbox_.trust(test::pki().root) : mailbox_.distrust(test::pki().root);
    mailbox_.round();
  }
  std::string mailbox(std::string_view role) {
    const Json all = call("Mailbox/get", Json::object());
    for (const Json& one : all.at("list")) {
      if (one.at("role") == role) return one.at("id");
    }
    return {};
  }

 private:
  reverify::Mailbox mailbox_;
  const store::Principal principal_{mailbox_.account, "bob", store::Scope::kFull};
  const std::set<std::string, std::less<>> capabilities_{std::string(kCore), std::string(kMail),
                                                         std::string(kSmimeVerify), std::string(kSmimeDetails)};
  const Limits limits_;
};

// What a client keeps of one query.
class Client {
 public:
  Client(Account& account, std::string type, Json query)
      : account_(account), type_(std::move(type)), query_(std::move(query)) {
    ids_ = fresh();
  }

  // Removes and inserts as section 5.6 tells clients to.
  void catch_up() {
    Json arguments = query_;
    arguments["sinceQueryState"] = state_;
    arguments["calculateTotal"] = true;
    const Json changes = account_.call(type_ + "/queryChanges", arguments);
    for (const Json& id : changes.at("removed")) std::erase(ids_, id.get<std::string>());
    std::size_t last = 0;
    for (const Json& item : changes.at("added")) {
      const std::size_t index = item.at("index");
      ASSERT_GE(index, last);
      ASSERT_LE(index, ids_.size()) << changes.dump(1);
      ids_.insert(ids_.begin() + static_cast<std::ptrdiff_t>(index), item.at("id").get<std::string>());
      last = index;
    }
    const auto expected = fresh();
    EXPECT_EQ(ids_, expected) << query_.dump() << "\n" << changes.dump(1);
    EXPECT_EQ(changes.at("total"), expected.size());
    EXPECT_EQ(changes.at("newQueryState"), state_);
  }

 private:
  std::vector<std::string> fresh() {
    const Json answer = account_.call(type_ + "/query", query_);
    EXPECT_EQ(answer.at("canCalculateChanges"), true);
    state_ = answer.at("queryState");
    return answer.at("ids").get<std::vector<std::string>>();
  }

  Account& account_;
  const std::string type_;
  const Json query_;
  std::vector<std::string> ids_;
  std::string state_;
};

std::vector<Json> email_queries(Account& account) {
  const Json by_date = Json::array({{{"property", "receivedAt"}, {"isAscending", true}}});
  const Json by_flag = Json::array(
      {{{"property", "hasKeyword"}, {"keyword", "$flagged"}, {"isAscending", false}}, {{"property", "subject"}}});
  const Json by_thread =
      Json::array({{{"property", "someInThreadHaveKeyword"}, {"keyword", "$flagged"}}, {{"property", "receivedAt"}}});
  const Json all_thread = Json::array({{{"property", "allInThreadHaveKeyword"}, {"keyword", "$seen"}}});
  const std::string inbox = account.mailbox("inbox");
  return {
      Json::object(),
      {{"sort", by_date}},
      {{"sort", by_date}, {"collapseThreads", true}},
      {{"filter", {{"inMailbox", inbox}}}},
      {{"filter", {{"inMailbox", inbox}}}, {"collapseThreads", true}},
      {{"filter", {{"inMailboxOtherThan", Json::array({inbox})}}}},
      {{"filter", {{"notKeyword", "$seen"}}}, {"sort", by_flag}},
      {{"filter", {{"notKeyword", "$seen"}}}, {"sort", by_flag}, {"collapseThreads", true}},
      {{"filter", {{"hasKeyword", "custom"}}}},
      {{"filter", {{"hasVerifiedSmime", true}}}},
      {{"filter", {{"hasVerifiedSmime", false}}}, {"sort", by_date}, {"collapseThreads", true}},
      {{"filter", {{"hasSmime", true}}}},
      {{"filter", {{"smimeErrorCode", "chain_untrusted"}}}},
      {{"filter", {{"someInThreadHaveKeyword", "$flagged"}}}},
      {{"filter", {{"allInThreadHaveKeyword", "$seen"}}}, {"collapseThreads", true}},
      {{"filter", {{"noneInThreadHaveKeyword", "custom"}}}},
      {{"sort", by_thread}},
      {{"sort", all_thread}, {"collapseThreads", true}},
      {{"filter", {{"text", "topic 1"}}}},
      {{"filter",
        {{"operator", "NOT"}, {"conditions", Json::array({{{"inMailbox", inbox}}, {{"hasKeyword", "$seen"}}})}}}},
  };
}

class Changer {
 public:
  Changer(Account& account, unsigned seed)
      : account_(account), random_(seed), inbox_(account.mailbox("inbox")), archive_(account.mailbox("archive")) {}

  void change() {
    switch (pick(9)) {
      case 0:
      case 1:
        return deliver_reply();
      case 2:
        return void(ids_.push_back(account_.deliver(test::clear_signed_mail({.cert = test::alice()}))));
      case 3:
        return destroy();
      case 4:
        return account_.set_trust(trusted_ = !trusted_);
      case 5:
        return patch({{"mailboxIds", {{pick(2) ? inbox_ : archive_, true}}}});
      default:
        static const std::vector<std::string> keywords{"$seen", "$flagged", "custom"};
        return patch({{"keywords/" + keywords[pick(3)], pick(2) ? Json(true) : Json()}});
    }
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  std::string any() { return ids_[pick(ids_.size())]; }

  // Of one of five conversations; a reference to two subjects' roots makes no merge, one to two roots of a subject
  // does.
  void deliver_reply() {
    const std::string topic = std::to_string(pick(5));
    std::string references;
    for (std::size_t i = pick(3); i > 0; --i) references += " <" + topic + "." + std::to_string(pick(4)) + "@x>";
    ids_.push_back(account_.deliver("From: a@example.org\r\nSubject: topic " + topic + "\r\nMessage-ID: <" + topic +
                                    "." + std::to_string(pick(4)) + "@x>\r\n" +
                                    (references.empty() ? "" : "References:" + references + "\r\n") + "\r\ntext\r\n"));
  }
  void destroy() {
    if (ids_.empty()) return;
    const std::string id = any();
    (void)account_.call("Email/set", {{"destroy", Json::array({id})}});
    std::erase(ids_, id);
  }
  void patch(const Json& patch) {
    if (!ids_.empty()) (void)account_.call("Email/set", {{"update", {{any(), patch}}}});  // a merge may have renamed it
  }

  Account& account_;
  std::mt19937 random_;
  const std::string inbox_, archive_;
  std::vector<std::string> ids_;
  bool trusted_ = true;
};

TEST(EmailQueryChanges, LeadToWhatAFreshQueryGives) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Account account;
    Changer changer(account, seed);
    for (int i = 0; i < 15; ++i) changer.change();
    std::vector<Client> clients;
    for (const Json& query : email_queries(account)) clients.emplace_back(account, "Email", query);
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i <= round % 4; ++i) changer.change();
      for (Client& client : clients) client.catch_up();
      if (testing::Test::HasFailure()) FAIL() << "seed " << seed << " round " << round;
    }
  }
}

TEST(EmailQueryChanges, ErrorsOfSection56) {
  Account account;
  const Json before = account.call("Email/query", Json::object());
  const auto refusal = [&](Json arguments) -> std::string {
    try {
      (void)account.call("Email/queryChanges", std::move(arguments));
    } catch (const MethodError& error) {
      return error.type;
    }
    return "";
  };
  for (const char* id : {"1", "2"}) account.deliver("Subject: " + std::string(id) + "\r\n\r\n");
  const std::string since = before.at("queryState");
  EXPECT_EQ(refusal({{"sinceQueryState", since}, {"maxChanges", 2}}), "");
  EXPECT_EQ(refusal({{"sinceQueryState", since}, {"maxChanges", 1}}), "tooManyChanges");
  EXPECT_EQ(refusal({{"sinceQueryState", since}, {"maxChanges", 0}}), "invalidArguments");
  EXPECT_EQ(refusal({{"sinceQueryState", "no state"}}), "cannotCalculateChanges");
  EXPECT_EQ(refusal({{"sinceQueryState", since + "9999"}}), "cannotCalculateChanges");
  EXPECT_EQ(refusal(Json::object()), "invalidArguments");
  EXPECT_EQ(refusal({{"sinceQueryState", since}, {"filter", {{"colour", 1}}}}), "invalidArguments");
  EXPECT_EQ(refusal({{"sinceQueryState", since}, {"sort", Json::array({{{"property", "colour"}}})}}),
            "unsupportedSort");
}

// "If the sort and filter are both only on immutable properties and an upToId is supplied ...": what is behind it is
// left out; with a mutable one it must not be.
TEST(EmailQueryChanges, UpToIdOmitsOnlyWhereNothingMoves) {
  Account account;
  const auto plain = [](const std::string& subject) { return "Subject: " + subject + "\r\n\r\n"; };
  const std::string first = account.deliver(plain("b")), second = account.deliver(plain("d"));
  const Json by_subject = Json::array({{{"property", "subject"}}});
  const Json inbox{{"inMailbox", account.mailbox("inbox")}};
  const std::string since = account.call("Email/query", Json::object()).at("queryState");
  const std::string before = account.deliver(plain("a")), behind = account.deliver(plain("c"));
  const auto added = [&](const Json& filter) {
    const Json answer =
        account.call("Email/queryChanges",
                     {{"sinceQueryState", since}, {"sort", by_subject}, {"upToId", first}, {"filter", filter}});
    std::vector<std::string> ids;
    for (const Json& item : answer.at("added")) ids.push_back(item.at("id"));
    return ids;
  };
  EXPECT_EQ(added(nullptr), std::vector<std::string>{before});
  EXPECT_EQ(added(inbox), (std::vector<std::string>{before, behind}));
}

TEST(MailboxQueryChanges, LeadToWhatAFreshQueryGives) {
  const Json by_name = Json::array({{{"property", "name"}}});
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Account account;
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) {
      return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    std::vector<Client> clients;
    for (const bool sort_tree : {false, true}) {
      for (const bool filter_tree : {false, true}) {
        clients.emplace_back(account, "Mailbox",
                             Json{{"sort", by_name}, {"sortAsTree", sort_tree}, {"filterAsTree", filter_tree}});
        clients.emplace_back(
            account, "Mailbox",
            Json{{"filter", {{"isSubscribed", true}}}, {"sortAsTree", sort_tree}, {"filterAsTree", filter_tree}});
      }
    }
    std::vector<std::string> ids{account.mailbox("archive")};
    for (int round = 0; round < 25; ++round) {
      const std::string name = std::string(1, static_cast<char>('A' + pick(26))) + std::to_string(round);
      const Json parent = pick(2) ? Json(ids[pick(ids.size())]) : Json();
      const std::string one = ids[pick(ids.size())];
      switch (pick(5)) {
        case 0:
        case 1: {
          const Json made = account.call(
              "Mailbox/set",
              {{"create", {{"k", {{"name", name}, {"parentId", parent}, {"isSubscribed", pick(2) == 0}}}}}});
          if (made.at("created").is_object()) ids.push_back(made.at("created").at("k").at("id"));
          break;
        }
        case 2:
          (void)account.call("Mailbox/set", {{"update", {{one, {{"name", name}, {"parentId", parent}}}}}});
          break;
        case 3:
          (void)account.call("Mailbox/set", {{"update", {{one, {{"isSubscribed", pick(2) == 0}}}}}});
          break;
        default:
          (void)account.deliver("Subject: counts only\r\n\r\n");
      }
      for (Client& client : clients) client.catch_up();
      if (testing::Test::HasFailure()) FAIL() << "seed " << seed << " round " << round;
    }
  }
}

TEST(MailboxQueryChanges, CountsAloneMoveNothing) {
  Account account;
  const std::string since = account.call("Mailbox/query", Json::object()).at("queryState");
  (void)account.deliver("Subject: x\r\n\r\n");
  const Json answer = account.call("Mailbox/queryChanges", {{"sinceQueryState", since}});
  EXPECT_EQ(answer.at("removed"), Json::array());
  EXPECT_EQ(answer.at("added"), Json::array());
  EXPECT_NE(answer.at("newQueryState"), since);
}

}  // namespace
}  // namespace waxseal::jmapd
