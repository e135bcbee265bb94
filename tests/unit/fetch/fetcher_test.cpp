// NET-01..16 against a server that misbehaves.  What must not be fetched is asserted on both sides: no socket was
// opened here, no connection was accepted there.
#include "fetch/fetcher.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/responder.h"

namespace waxseal::fetch {
namespace {

using test::Manner;
using test::Page;

class Names final : public Resolver {
 public:
  Result<std::vector<IpAddress>, Failure> resolve(const std::string& host, Deadline) override {
    ++asked;
    const auto found = table.find(host);
    if (found == table.end()) return unexpected(Failure{FailureKind::kName, "no address", {}});
    std::vector<IpAddress> out;
    for (const std::string& text : found->second) out.push_back(IpAddress::parse(text).value());
    return out;
  }
  std::map<std::string, std::vector<std::string>> table;
  std::atomic<int> asked = 0;
};

class Fetching : public testing::Test {
 protected:
  Fetching() {
    names_.table["pki.example.test"] = {"127.0.0.1"};
    names_.table["other.example.test"] = {"127.0.0.1"};
    options_.urls.ports = {static_cast<std::uint16_t>(server_.port())};
    options_.urls.allow_hosts = {"pki.example.test"};
    options_.crl_deadline = options_.ocsp_deadline = options_.aia_deadline = Seconds(1);
    options_.connect_timeout = Seconds(1);
  }
  Fetcher& fetcher() {
    if (!fetcher_) fetcher_ = std::make_unique<Fetcher>(options_, names_, clock_);
    return *fetcher_;
  }
  Result<Fetched, Failure> get(const std::string& url, Kind kind = Kind::kCrl) {
    return fetcher().fetch({.kind = kind, .url = url});
  }
  FailureKind failure(const std::string& url, Kind kind = Kind::kCrl) {
    const auto result = get(url, kind);
    EXPECT_FALSE(result) << url;
    return result ? FailureKind::kStopped : result.error().kind;
  }
  void expect_no_connection() {
    EXPECT_EQ(fetcher().connections(), 0u);
    EXPECT_EQ(server_.connections(), 0u);
  }

  test::Responder server_;
  Names names_;
  Options options_;
  ManualClock clock_{from_epoch(1'800'000'000)};
  std::unique_ptr<Fetcher> fetcher_;
};

TEST_F(Fetching, AListIsFetchedAsItIs) {
  server_.serve("/ca.crl", {.body = std::string("\x30\x00\xff", 3), .etag = "\"1\"", .last_modified = "yesterday"});
  const auto result = get(server_.url("/ca.crl"));
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->octets, std::string("\x30\x00\xff", 3));
  EXPECT_EQ(result->validators, (Validators{"\"1\"", "yesterday"}));
  const test::HeardRequest heard = server_.heard().at(0);
  EXPECT_EQ(heard.method, "GET");
  EXPECT_EQ(heard.fields.at("host"), "pki.example.test:" + std::to_string(server_.port()));
  EXPECT_FALSE(heard.fields.contains("accept-encoding"));  // NET-07
  EXPECT_FALSE(heard.fields.contains("cookie"));
  EXPECT_FALSE(heard.fields.contains("referer"));
  EXPECT_EQ(fetcher().connections(), 1u);
}

TEST_F(Fetching, Chunks) {
  server_.serve("/", {.body = "abc", .chunked = true});
  EXPECT_EQ(get(server_.url("/")).value().octets, "abc");
}

// NET-01, NET-03: refused before anybody is asked.
TEST_F(Fetching, ARefusedUrlReachesNeitherDnsNorServer) {
  const std::string port = std::to_string(server_.port());
  for (const std::string& url :
       {"http://127.0.0.1:" + port + "/", "http://[::1]:" + port + "/", "http://2130706433:" + port + "/",
        "https://pki.example.test:" + port + "/", "ftp://pki.example.test:" + port + "/",
        "http://pki.example.test:" + std::to_string(server_.port() ^ 1) + "/",
        "http://x@pki.example.test:" + port + "/", "http://localhost:" + port + "/",
        "http://pki.example.test:" + port + "/a b"})
    EXPECT_EQ(failure(url), FailureKind::kUrl) << url;
  EXPECT_EQ(names_.asked, 0);
  expect_no_connection();
}

// NET-04: a name that leads to us, in a private place.
TEST_F(Fetching, APrivateAddressIsNotConnectedTo) {  // ATK-92
  EXPECT_EQ(failure(server_.url("/", "other.example.test")), FailureKind::kAddress);
  for (const char* address : {"10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1"}) {
    const std::string host = "x" + std::to_string(names_.table.size()) + ".example.test";
    names_.table[host] = {address};
    EXPECT_EQ(failure(server_.url("/", host)), FailureKind::kAddress) << address;
  }
  expect_no_connection();
}

TEST_F(Fetching, OnePrivateAddressAmongPublicOnesIsEnough) {
  names_.table["mixed.example.test"] = {"8.8.8.8", "127.0.0.1"};
  EXPECT_EQ(failure(server_.url("/", "mixed.example.test")), FailureKind::kAddress);
  expect_no_connection();
}

TEST_F(Fetching, TheOwnAddressesOfTheMachineAreRefused) {
  for (const IpAddress& own : own_addresses()) {
    names_.table["own.example.test"] = {own.text()};
    fetcher_.reset();
    EXPECT_EQ(failure(server_.url("/", "own.example.test")), FailureKind::kAddress) << own.text();
  }
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(Fetching, AnAllowedNetworkIsReached) {
  options_.urls.allow_hosts.clear();
  EXPECT_EQ(failure(server_.url("/")), FailureKind::kAddress);
  expect_no_connection();
  options_.allow_nets = {Network::parse("127.0.0.0/8").value()};
  fetcher_.reset();
  server_.serve("/", {.body = "x"});
  EXPECT_TRUE(get(server_.url("/")));
}

// NET-12: a refusal lasts as long as the configuration.
TEST_F(Fetching, ARefusedAddressIsNotLookedUpAgain) {
  EXPECT_EQ(failure(server_.url("/", "other.example.test")), FailureKind::kAddress);
  clock_.advance(Seconds(30 * 86400));
  EXPECT_EQ(failure(server_.url("/", "other.example.test")), FailureKind::kAddress);
  EXPECT_EQ(names_.asked, 1);
}

// NET-05: the name is resolved once; a second answer could not be used.
TEST_F(Fetching, TheNameIsAskedForOnce) {
  server_.serve("/", {.body = "x"});
  EXPECT_TRUE(get(server_.url("/")));
  EXPECT_EQ(names_.asked, 1);
}

TEST_F(Fetching, AProxyOfTheEnvironmentHasNoSay) {
  test::Responder proxy;
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  ::setenv("http_proxy", url.c_str(), 1);
  ::setenv("all_proxy", url.c_str(), 1);
  server_.serve("/", {.body = "x"});
  EXPECT_TRUE(get(server_.url("/")));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  EXPECT_EQ(proxy.connections(), 0u);
}

TEST_F(Fetching, AConfiguredProxyIsUsedAndOnlyIt) {
  test::Responder proxy;
  proxy.serve("http://crl.example.com", {.body = "through the proxy"});
  names_.table["proxy.example.test"] = {"127.0.0.1"};
  options_.urls.ports.insert(80);
  options_.proxy = "http://proxy.example.test:" + std::to_string(proxy.port());
  const auto result = get("http://crl.example.com/ca.crl");
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->octets, "through the proxy");
  EXPECT_EQ(proxy.heard().at(0).target, "http://crl.example.com/ca.crl");
  EXPECT_EQ(failure("http://169.254.169.254/latest"), FailureKind::kUrl);  // the URL's rules hold all the same
  EXPECT_EQ(proxy.connections(), 1u);
}

// NET-06.
TEST_F(Fetching, ThreeRedirectsAreFollowedAndNoMore) {
  server_.serve("/1", {.status = 301, .location = "/2"});
  server_.serve("/2", {.status = 302, .location = server_.url("/3")});
  server_.serve("/3", {.status = 307, .location = "4"});
  server_.serve("/4", {.body = "here"});
  EXPECT_EQ(get(server_.url("/1")).value().octets, "here");
  server_.serve("/0", {.status = 308, .location = "/1"});
  EXPECT_EQ(failure(server_.url("/0")), FailureKind::kRedirect);
}

TEST_F(Fetching, ARedirectLoopEnds) {
  server_.serve("/loop", {.status = 302, .location = "/loop"});
  EXPECT_EQ(failure(server_.url("/loop")), FailureKind::kRedirect);
  EXPECT_EQ(server_.connections(), 4u);
}

TEST_F(Fetching, ARedirectToAPrivateAddressIsNotFollowed) {  // ATK-92
  test::Responder inside;
  options_.urls.ports.insert(static_cast<std::uint16_t>(inside.port()));
  options_.allow_nets = {Network::parse("127.0.0.0/8").value()};  // even then: a stranger chose the place
  options_.urls.allow_hosts.push_back("secret.example.test");
  names_.table["secret.example.test"] = {"127.0.0.1"};
  server_.serve("/a", {.status = 302, .location = inside.url("/", "other.example.test")});
  server_.serve("/b", {.status = 302, .location = inside.url("/", "secret.example.test")});
  server_.serve("/c", {.status = 302, .location = inside.url("/", "127.0.0.1")});
  server_.serve("/d", {.status = 302, .location = "https://pki.example.test/"});
  server_.serve("/e", {.status = 302, .location = "file:///etc/passwd"});
  server_.serve("/f", {.status = 302});
  EXPECT_EQ(failure(server_.url("/a")), FailureKind::kAddress);
  EXPECT_EQ(failure(server_.url("/b")), FailureKind::kAddress);
  for (const char* path : {"/c", "/d", "/e", "/f"})
    EXPECT_EQ(failure(server_.url(path)), FailureKind::kRedirect) << path;
  EXPECT_EQ(inside.connections(), 0u);
  EXPECT_EQ(fetcher().connections(), 6u);
}

// NET-07: one deadline for everything, however the server passes the time.
TEST_F(Fetching, TheDeadlineCutsEveryKindOfSlowness) {  // ATK-93
  server_.serve("/silent", {.manner = Manner::kSilent});
  server_.serve("/drip", {.body = "x", .manner = Manner::kDripping});
  for (const char* path : {"/silent", "/drip"}) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(failure(server_.url(path)), FailureKind::kTimeout) << path;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(1800)) << path;
  }
}

TEST_F(Fetching, TheProgramsEndEndsAFetch) {
  server_.serve("/silent", {.manner = Manner::kSilent});
  options_.crl_deadline = Seconds(20);
  std::atomic<bool> stop = false;
  fetcher_ = std::make_unique<Fetcher>(options_, names_, clock_, [&] { return stop.load(); });
  std::thread soon([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  EXPECT_EQ(failure(server_.url("/silent")), FailureKind::kStopped);
  soon.join();
}

// NET-08.
TEST_F(Fetching, SizesAreEnforcedWhileReceiving) {  // ATK-93
  options_.crl_octets = 1000;
  options_.ocsp_octets = 100;
  server_.serve("/1000", {.body = std::string(1000, 'x')});
  server_.serve("/1001", {.body = std::string(1001, 'x')});
  server_.serve("/chunks", {.body = std::string(1001, 'x'), .chunked = true});
  server_.serve("/endless", {.manner = Manner::kEndless});
  server_.serve("/headers", {.manner = Manner::kHeaderFlood});
  EXPECT_EQ(get(server_.url("/1000")).value().octets.size(), 1000u);
  for (const char* path : {"/1001", "/chunks", "/endless", "/headers"})
    EXPECT_EQ(failure(server_.url(path)), FailureKind::kTooLarge) << path;
  EXPECT_EQ(failure(server_.url("/1000?"), Kind::kOcsp), FailureKind::kTooLarge);
}

TEST_F(Fetching, NothingIsDecompressed) {  // ATK-93
  server_.serve("/bomb", {.body = "\x1f\x8b", .encoding = "gzip"});
  server_.serve("/plain", {.body = "x", .encoding = "identity"});
  EXPECT_EQ(failure(server_.url("/bomb")), FailureKind::kMalformed);
  EXPECT_TRUE(get(server_.url("/plain")));
}

TEST_F(Fetching, HalfAReplyIsNone) {
  server_.serve("/short", {.body = "half", .manner = Manner::kTruncated});
  server_.serve("/hang-up", {.manner = Manner::kHangUp});
  server_.serve("/smtp", {.manner = Manner::kNotHttp});
  EXPECT_EQ(failure(server_.url("/short")), FailureKind::kTruncated);
  EXPECT_EQ(failure(server_.url("/hang-up")), FailureKind::kConnection);
  EXPECT_EQ(failure(server_.url("/smtp")), FailureKind::kMalformed);
}

TEST_F(Fetching, OnlyStatus200Counts) {
  for (const int status : {201, 204, 206, 300, 304, 400, 401, 404, 500, 503}) {
    const std::string path = '/' + std::to_string(status);
    server_.serve(path, {.body = "x", .status = status});
    EXPECT_EQ(failure(server_.url(path)), FailureKind::kStatus) << status;
  }
}

TEST_F(Fetching, WhatIsCurrentIsNotSentAgain) {
  server_.serve("/ca.crl", {.body = "list", .etag = "\"7\""});
  const Validators validators = get(server_.url("/ca.crl")).value().validators;
  const auto again = fetcher().fetch({.url = server_.url("/ca.crl"), .validators = validators});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->not_modified);
  EXPECT_EQ(again->validators, validators);
  const auto other =
      fetcher().fetch({.url = server_.url("/ca.crl"), .validators = {.etag = "\"6\"", .last_modified = {}}});
  EXPECT_EQ(other.value().octets, "list");
}

// NET-09.
TEST_F(Fetching, AShortOcspRequestIsAGetALongOneAPost) {
  server_.serve("/ocsp", {.body = "answer"});
  const Request shorter = ocsp_request(server_.url("/ocsp"), "\xfb\xff\xfe");
  EXPECT_EQ(shorter.url, server_.url("/ocsp/%2B%2F%2F%2B"));
  EXPECT_TRUE(fetcher().fetch(shorter));
  EXPECT_TRUE(fetcher().fetch(ocsp_request(server_.url("/ocsp"), std::string(200, '\0'))));
  const auto heard = server_.heard();
  EXPECT_EQ(heard.at(0).method, "GET");
  EXPECT_EQ(heard.at(1).method, "POST");
  EXPECT_EQ(heard.at(1).body, std::string(200, '\0'));
  EXPECT_EQ(heard.at(1).fields.at("content-type"), "application/ocsp-request");
}

TEST_F(Fetching, APostKeepsItsMethodOrEnds) {
  server_.serve("/307", {.status = 307, .location = "/there"});
  server_.serve("/302", {.status = 302, .location = "/there"});
  server_.serve("/there", {.body = "answer"});
  const std::string long_request(300, 'x');
  EXPECT_TRUE(fetcher().fetch(ocsp_request(server_.url("/307"), long_request)));
  EXPECT_EQ(server_.heard().at(1).method, "POST");
  EXPECT_FALSE(fetcher().fetch(ocsp_request(server_.url("/302"), long_request)));
}

// NET-12.
TEST_F(Fetching, WhatFailedIsLeftAloneForAWhile) {
  const auto first = get(server_.url("/missing"));
  ASSERT_EQ(first.error().kind, FailureKind::kStatus);
  ASSERT_TRUE(first.error().retry_at);
  EXPECT_EQ(failure(server_.url("/missing")), FailureKind::kHeldBack);
  EXPECT_EQ(server_.connections(), 1u);
  clock_.set(*first.error().retry_at);
  EXPECT_EQ(failure(server_.url("/missing")), FailureKind::kStatus);
  EXPECT_EQ(server_.connections(), 2u);
}

TEST_F(Fetching, ADeadHostIsLeftAloneAsAWhole) {
  names_.table["dead.example.test"] = {"127.0.0.1"};
  options_.urls.allow_hosts.push_back("dead.example.test");
  server_.serve("/", {.manner = Manner::kHangUp});
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(failure(server_.url('/' + std::to_string(i), "dead.example.test")), FailureKind::kConnection);
  EXPECT_EQ(failure(server_.url("/new", "dead.example.test")), FailureKind::kHeldBack);
  EXPECT_EQ(server_.connections(), 4u);
}

// NET-13.
TEST_F(Fetching, OneUrlIsFetchedOnceHoweverManyAsk) {
  server_.serve("/ca.crl", {.make = [](const test::HeardRequest&) {
                  std::this_thread::sleep_for(std::chrono::milliseconds(150));
                  return std::string("list");
                }});
  fetcher();  // made here, not by several threads at once
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { answered += get(server_.url("/ca.crl")).value().octets == "list"; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 8);
  EXPECT_EQ(server_.connections(), 1u);
}

// NET-14.
TEST_F(Fetching, AHostIsNotFloodedAndTheQueueIsBounded) {
  options_.most_per_host = 2;
  options_.most_waiting = 3;
  server_.serve("/", {.make = [](const test::HeardRequest&) {
                  std::this_thread::sleep_for(std::chrono::milliseconds(100));
                  return std::string("x");
                }});
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0, busy = 0;
  fetcher();
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto result = get(server_.url('/' + std::to_string(i)));
      ++(result ? answered : busy);
      EXPECT_TRUE(result || result.error().kind == FailureKind::kBusy);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server_.most_at_once(), 2u);
  EXPECT_GE(answered, 5);
  EXPECT_EQ(answered + busy, 8);
  EXPECT_GE(busy, 1);
}

TEST(Options, TheVersionFollowsWhatDecidesAboutRefusals) {
  Options a, b;
  EXPECT_EQ(a.version(), b.version());
  b.crl_octets = 1;
  EXPECT_EQ(a.version(), b.version());
  b.urls.allow_hosts = {"pki"};
  EXPECT_NE(a.version(), b.version());
  b = a;
  b.allow_nets = {Network::parse("10.0.0.0/8").value()};
  EXPECT_NE(a.version(), b.version());
}

TEST(Options, AProxyIsNamedWhole) {
  EXPECT_EQ(parse_proxy("http://proxy.example.org:3128")->port, 3128);
  EXPECT_TRUE(parse_proxy("http://10.1.2.3:8080"));
  for (const char* text :
       {"proxy:3128", "https://proxy:1", "http://proxy:0", "http://proxy:99999", "http://u@p:1", "http://", ""})
    EXPECT_FALSE(parse_proxy(text)) << text;
}

TEST(SystemResolver, KnowsThisMachineAndGivesUpOnWhatIsNotThere) {
  SystemResolver resolver;
  const Deadline soon = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto local = resolver.resolve("localhost", soon);
  ASSERT_TRUE(local);
  EXPECT_FALSE(globally_routable(local->front()));
  EXPECT_FALSE(resolver.resolve("no-such-name.invalid", soon));
  EXPECT_EQ(resolver.resolve("localhost", std::chrono::steady_clock::now() - std::chrono::seconds(1)).error().kind,
            FailureKind::kTimeout);
}

}  // namespace
}  // namespace waxseal::fetch
