// Event sources (RFC 8620 section 7.3): what is told to whom, and when.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "jmapd/event_source.h"
#include "seeded_account.h"
#include "store/account_states.h"

namespace waxseal::jmapd {
namespace {

using namespace std::chrono_literals;

// A hub over states that the test sets.
class Hub : public testing::Test {
 protected:
  PushHub::Options quick() { return {.poll = 20ms, .pause = 1ms, .age = 10s, .per_account = 3}; }
  std::unique_ptr<PushHub> make(PushHub::Options options) {
    return std::make_unique<PushHub>(options, [this](const std::vector<AccountId>& accounts) {
      const std::lock_guard lock(mutex_);
      std::map<AccountId, store::AccountStates> out;
      for (const AccountId account : accounts) out[account] = states_;
      return out;
    });
  }
  void set(std::size_t type, const std::string& state) {
    const std::lock_guard lock(mutex_);
    states_[type] = state;
  }
  EventSubscription subscription(std::vector<bool> types = {true, true, true, true, true, true, true}) {
    return {.principal = {{7}, "bob"}, .types = std::move(types), .known = states_, .channel = channel_};
  }
  // What has come until `text` is in it, or what has come in two seconds.
  std::string until(const std::string& text) {
    for (int i = 0; i < 400 && heard_.find(text) == heard_.npos; ++i) {
      heard_ += channel_->take().octets;
      std::this_thread::sleep_for(5ms);
    }
    return heard_;
  }
  std::string after(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    return heard_ += channel_->take().octets;
  }

  std::mutex mutex_;
  store::AccountStates states_ = {"1.1", "1.1", "1.1", "1.1", "0-none", "1.1", "1.1"};
  std::shared_ptr<http::EventChannel> channel_ = std::make_shared<http::EventChannel>();
  std::string heard_;
};

TEST_F(Hub, TellsWhatChangedAndNothingElse) {
  const auto hub = make(quick());
  ASSERT_TRUE(hub->add(subscription()));
  EXPECT_EQ(after(60ms), "");
  set(0, "1.2");
  EXPECT_EQ(until("\n\n"),
            "event: state\nid: 1.2,1.1,1.1,1.1,0-none,1.1,1.1\n"
            "data: {\"@type\":\"StateChange\",\"changed\":{\"a7\":{\"Email\":\"1.2\"}}}\n\n");
  heard_.clear();
  EXPECT_EQ(after(60ms), "");  // once
}

TEST_F(Hub, TypesThatAreNotWantedAreNotTold) {
  const auto hub = make(quick());
  ASSERT_TRUE(hub->add(subscription({false, true, false, false, false, false, false})));
  set(0, "1.2");
  EXPECT_EQ(after(60ms), "");
  set(1, "1.3");
  EXPECT_NE(until("Mailbox").find("{\"Mailbox\":\"1.3\"}"), std::string::npos);
}

TEST_F(Hub, AReportedChangeIsToldBeforeThePoll) {
  const auto hub = make({.poll = 1h, .pause = 1ms, .age = 1h});
  ASSERT_TRUE(hub->add(subscription()));
  EXPECT_EQ(after(30ms), "");
  set(0, "1.2");
  EXPECT_EQ(after(30ms), "");
  hub->changed({8});
  EXPECT_EQ(after(30ms), "");
  hub->changed({7});
  EXPECT_NE(until("state").find("1.2"), std::string::npos);
}

TEST_F(Hub, WhatHappenedWhileTheClientWasAwayIsToldAtOnce) {
  const auto hub = make({.poll = 1h, .pause = 1ms, .age = 1h});
  auto late = subscription();
  late.known = states_of_event_id("1.1,1.0,1.1,1.1,0-none,1.1,1.1");
  ASSERT_TRUE(hub->add(late));
  EXPECT_NE(until("\n\n").find("{\"Mailbox\":\"1.1\"}"), std::string::npos);
  EXPECT_TRUE(states_of_event_id("1.1,1.2").empty());
  EXPECT_TRUE(states_of_event_id("x").empty());
}

TEST_F(Hub, CloseAfterStateEndsAndTheClientIsForgotten) {
  const auto hub = make(quick());
  auto once = subscription();
  once.close_after_state = true;
  ASSERT_TRUE(hub->add(once));
  EXPECT_TRUE(channel_->open());
  set(0, "1.2");
  until("\n\n");
  EXPECT_FALSE(channel_->open());
  for (int i = 0; i < 200 && hub->size() > 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(hub->size(), 0u);
}

TEST_F(Hub, PingsComeAtTheirIntervalAndZeroMeansNone) {
  const auto hub = make(quick());
  auto pinged = subscription();
  pinged.ping = 20ms;
  ASSERT_TRUE(hub->add(pinged));
  EXPECT_NE(until("event: ping").find("data: {\"interval\":0}"), std::string::npos);
  auto silent = subscription();
  silent.channel = std::make_shared<http::EventChannel>();
  ASSERT_TRUE(hub->add(silent));
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(silent.channel->take().octets, "");
  EXPECT_EQ(ping_event(300s), "event: ping\ndata: {\"interval\":300}\n\n");
}

TEST_F(Hub, AnAccountHasALimitAndAClientThatWentMakesRoom) {
  const auto hub = make(quick());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(hub->add(subscription()));
  EXPECT_FALSE(hub->add(subscription()));
  channel_->detach();
  for (int i = 0; i < 200 && hub->size() > 0; ++i) std::this_thread::sleep_for(5ms);
  channel_ = std::make_shared<http::EventChannel>();
  EXPECT_TRUE(hub->add(subscription()));
}

TEST_F(Hub, AStreamEndsWhenItsCredentialsDoNotHoldAnyMore) {
  std::atomic<bool> holds = true, broken = false;
  std::atomic<int> asked = 0, named = 0;
  PushHub hub(
      {.poll = 1h, .pause = 1ms, .age = 1h, .recheck = 20ms},
      [&](const std::vector<AccountId>&) { return std::map<AccountId, store::AccountStates>(); },
      [&](const std::vector<store::Principal>& principals) {
        ++asked;
        named = static_cast<int>(principals.size());
        if (broken) throw std::runtime_error("no database");
        std::vector<bool> out;
        for (const auto& one : principals) out.push_back(holds || one.token.value != 5);
        return out;
      });
  const auto add = [&](std::int64_t token) {
    auto one = subscription();
    one.principal.token = {token};
    one.channel = std::make_shared<http::EventChannel>();
    EXPECT_TRUE(hub.add(one));
    return one.channel;
  };
  const std::vector channels = {add(5), add(5), add(6)};
  const auto wait = [&](const auto& condition) {
    for (int i = 0; i < 400 && !condition(); ++i) std::this_thread::sleep_for(5ms);
    return condition();
  };
  EXPECT_TRUE(wait([&] { return named == 2; }));  // each credentials once
  const int looks = asked;
  EXPECT_TRUE(wait([&] { return asked > looks + 1; }));
  EXPECT_EQ(hub.size(), 3u);
  broken = true;
  holds = false;
  const int failures = asked;
  EXPECT_TRUE(wait([&] { return asked > failures + 1; }));
  EXPECT_EQ(hub.size(), 3u);  // nobody is sent away because nothing can be looked up
  broken = false;
  EXPECT_TRUE(wait([&] { return hub.size() == 1; }));
  EXPECT_FALSE(channels[0]->open());
  EXPECT_FALSE(channels[1]->open());
  EXPECT_TRUE(channels[2]->open());
}

TEST_F(Hub, AClientThatDoesNotReadIsGivenUp) {
  channel_->send(std::string(http::EventChannel::kMostPending + 1, 'x'));
  EXPECT_FALSE(channel_->open());
  EXPECT_TRUE(channel_->take().too_slow);
}

class EventSource : public testing::Test {
 protected:
  static void SetUpTestSuite() { account_ = std::make_unique<SeededAccount>(); }
  static void TearDownTestSuite() { account_.reset(); }
  static std::string until(http::EventChannel& channel, const std::string& text) {
    std::string heard;
    for (int i = 0; i < 400 && heard.find(text) == heard.npos; ++i) {
      heard += channel.take().octets;
      std::this_thread::sleep_for(5ms);
    }
    return heard;
  }
  static std::unique_ptr<SeededAccount> account_;
};
std::unique_ptr<SeededAccount> EventSource::account_;

TEST_F(EventSource, IsAStreamThatNobodyKeepsBack) {
  const auto response = account_->get("/jmap/eventsource?types=%2A&closeafter=no&ping=0");
  ASSERT_EQ(response.status, 200);
  ASSERT_TRUE(response.events);
  EXPECT_EQ(response.content_type, "text/event-stream; charset=utf-8");
  EXPECT_EQ(SeededAccount::header(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(response.events->take().octets, "retry: 3000\n\n");
}

TEST_F(EventSource, ANewMessageIsHeardWithItsStates) {
  const auto response = account_->get("/jmap/eventsource?types=Email%2CEmailDelivery&closeafter=state&ping=0");
  ASSERT_TRUE(response.events);
  account_->deliver("late", SeededAccount::plain() + "again\r\n");
  const std::string heard = until(*response.events, "\n\nevent: state");
  auto snapshot = account_->snapshot();
  EXPECT_NE(heard.find("\"Email\":\"" + store::state(snapshot, store::ObjectType::kEmail) + "\""), std::string::npos)
      << heard;
  EXPECT_NE(heard.find("\"EmailDelivery\""), std::string::npos) << heard;
  EXPECT_EQ(heard.find("\"Thread\""), std::string::npos) << heard;
}

TEST_F(EventSource, WhatItCannotReadIs400AndNobodyWithoutCredentialsIsAnswered) {
  EXPECT_EQ(account_->get("/jmap/eventsource?types=*&closeafter=never&ping=0").status, 400);
  EXPECT_EQ(account_->get("/jmap/eventsource?types=*&closeafter=no&ping=x").status, 400);
  EXPECT_EQ(account_->get("/jmap/eventsource?types=*&closeafter=no&ping=-1").status, 400);
  EXPECT_EQ(account_->get("/jmap/eventsource", "").status, 401);
  EXPECT_EQ(account_->get("/jmap/eventsource").status, 200);  // leniently: everything, no end, no pings
}

TEST_F(EventSource, TheUrlOfTheSessionOpensItAndNothingElse) {
  const std::string url = Json::parse(account_->get("/jmap/session").body)["eventSourceUrl"];
  const std::string ticket = url.substr(url.find("&ticket=") + 8);
  const std::string path = "/jmap/eventsource?types=*&closeafter=no&ping=0&ticket=";
  EXPECT_EQ(account_->get(path + ticket, "").status, 200);
  EXPECT_EQ(account_->get("/jmap/session?ticket=" + ticket, "").status, 401);
  std::string other = ticket;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_EQ(account_->get(path + other, "").status, 401);
  EXPECT_EQ(account_->get(path + ticket.substr(1), "").status, 401);
  EXPECT_EQ(account_->get(path, "").status, 401);
  const auto bob = *store::find_account(account_->database(), "bob");
  const Time later = test::default_now() + Seconds(30 * 86400);
  EXPECT_TRUE(store::authenticate_ticket(account_->database(), ticket, test::default_now()));
  EXPECT_FALSE(store::authenticate_ticket(account_->database(), ticket, later));
  store::set_password(account_->database(), bob.id, "another");
  EXPECT_FALSE(store::authenticate_ticket(account_->database(), ticket, test::default_now()));
  store::set_password(account_->database(), bob.id, "bob's");
}

// One stream for each kind of credentials; those that are withdrawn end, all others go on.
TEST(EventSourceCredentials, TheStreamEndsWhenTheyAreWithdrawn) {
  SeededAccount own;  // no credentials of other tests are remembered
  store::Database& database = own.database();
  const AccountId bob = store::find_account(database, "bob")->id;
  const Time now = test::default_now();
  const auto token = [&] { return store::create_token(database, bob, "t", store::Scope::kReadOnly, {}, now); };
  const auto first = token(), second = token();
  const std::string path = "/jmap/eventsource?types=*&closeafter=no&ping=0";
  const auto open_as = [&](const std::string& authorization) {
    const auto response = own.get_as(authorization, path);
    EXPECT_EQ(response.status, 200);
    return response.events;
  };
  const std::string url = Json::parse(own.get_as("Bearer " + second.secret, "/jmap/session").body)["eventSourceUrl"];
  const auto by_first = open_as("Bearer " + first.secret), by_second = open_as("Bearer " + second.secret),
             by_password = open_as(SeededAccount::basic("bob")), by_eve = open_as(SeededAccount::basic("eve")),
             by_ticket = own.get(path + url.substr(url.find("&ticket=")), "").events;
  ASSERT_TRUE(by_first && by_second && by_password && by_eve && by_ticket);
  const auto ends = [](http::EventChannel& channel) {
    for (int i = 0; i < 400 && channel.open(); ++i) std::this_thread::sleep_for(5ms);
    return !channel.open();
  };
  ASSERT_TRUE(store::revoke_token(database, bob, first.token.id));
  EXPECT_TRUE(ends(*by_first));
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(by_second->open() && by_password->open() && by_eve->open() && by_ticket->open());

  store::set_password(database, bob, "another");
  EXPECT_TRUE(ends(*by_password));
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(by_second->open() && by_eve->open() && by_ticket->open());
  store::set_password(database, bob, "bob's");

  ASSERT_TRUE(store::revoke_token(database, bob, second.token.id));
  EXPECT_TRUE(ends(*by_second) && ends(*by_ticket));
  EXPECT_TRUE(by_eve->open());
}

TEST(Credentials, HoldWhileTheyAreWhatTheyWere) {
  reverify::Mailbox mailbox;
  store::Database& database = *mailbox.database;
  const Time now = mailbox.clock.now();
  store::set_password(database, mailbox.account, "secret");
  const auto brief = store::create_token(database, mailbox.account, "t", store::Scope::kFull, now + Seconds(60), now);
  const auto lasting = store::create_token(database, mailbox.account, "t", store::Scope::kFull, {}, now);
  const std::string name = store::list_accounts(database).at(0).name;
  const std::vector<store::Principal> all = {*store::authenticate_basic(database, name, "secret", now),
                                             *store::authenticate_bearer(database, brief.secret, now),
                                             *store::authenticate_bearer(database, lasting.secret, now)};
  using Holds = std::vector<bool>;
  EXPECT_EQ(store::credentials_hold(database, all, now), (Holds{true, true, true}));
  EXPECT_EQ(store::credentials_hold(database, all, now + Seconds(60)), (Holds{true, false, true}));
  mailbox.database.sql("UPDATE accounts SET disabled = true");
  EXPECT_EQ(store::credentials_hold(database, all, now), (Holds{false, false, false}));
  mailbox.database.sql("UPDATE accounts SET disabled = false");
  EXPECT_EQ(store::credentials_hold(database, all, now), (Holds{true, true, true}));
  store::set_password(database, mailbox.account, "secret");  // the same, and yet set anew
  EXPECT_EQ(store::credentials_hold(database, all, now), (Holds{false, true, true}));
  store::revoke_token(database, mailbox.account, lasting.token.id);
  EXPECT_EQ(store::credentials_hold(database, all, now), (Holds{false, true, false}));
  EXPECT_EQ(store::credentials_hold(database, {}, now), Holds{});
}

TEST(Changes, AWriterIsHeard) {
  reverify::Mailbox mailbox;
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> heard = 0;
  std::thread listener([&] {
    store::listen_for_changes(
        {.url = mailbox.database.url()}, [&](AccountId changed) { heard = changed.value; },
        [&] { return stop.load(); });
  });
  for (int i = 0; i < 100 && heard == 0; ++i) {  // the first may come before the listener listens
    mailbox.database.sql("NOTIFY waxseal_changes, 'no number'");
    mailbox.deliver(SeededAccount::plain() + std::to_string(i) + "\r\n");
    std::this_thread::sleep_for(20ms);
  }
  stop = true;
  listener.join();
  EXPECT_EQ(heard, mailbox.account.value);
}

}  // namespace
}  // namespace waxseal::jmapd
