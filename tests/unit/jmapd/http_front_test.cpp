// The server over real sockets.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "jmapd/http/forwarded.h"
#include "jmapd/http/server.h"
#include "service/listen.h"

namespace waxseal::jmapd::http {
namespace {

using namespace std::chrono_literals;

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const { return connected_; }
  void send(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // One answer with Content-Length, or what came before the connection closed or `wait` was over.
  std::string answer(std::chrono::milliseconds wait = 5s) {
    while (true) {
      const std::size_t head = buffer_.find("\r\n\r\n");
      if (head != buffer_.npos) {
        const std::size_t at = buffer_.find("Content-Length: ");
        const std::size_t size = at < head ? std::stoul(buffer_.substr(at + 16)) : 0;
        if (buffer_.size() >= head + 4 + size) {
          const std::string whole = buffer_.substr(0, head + 4 + size);
          buffer_.erase(0, whole.size());
          return whole;
        }
      }
      if (!more(wait)) return std::exchange(buffer_, "");
    }
  }
  // The connection has been closed by the server (and nothing more came).
  bool closed(std::chrono::milliseconds wait = 5s) { return !more(wait) && eof_ && buffer_.empty(); }

 private:
  bool more(std::chrono::milliseconds wait) {
    pollfd descriptor{fd_.get(), POLLIN, 0};
    if (::poll(&descriptor, 1, static_cast<int>(wait.count())) <= 0) return false;
    char octets[4096];
    const ssize_t count = ::recv(fd_.get(), octets, sizeof octets, 0);
    eof_ = count <= 0;
    if (count > 0) buffer_.append(octets, static_cast<std::size_t>(count));
    return count > 0;
  }
  UniqueFd fd_;
  bool connected_ = false;
  bool eof_ = false;
  std::string buffer_;
};

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") && answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}
std::string body_of(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  return head == answer.npos ? "" : answer.substr(head + 4);
}
std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

class HttpFront : public testing::Test {
 protected:
  std::vector<std::shared_ptr<EventChannel>> channels_;
  void start(ServerOptions options = {}) {
    options.workers = std::min<std::size_t>(options.workers, 2);
    server_ = std::make_unique<Server>(
        options, clock_, [this](const Request& request) { return handle(request); },
        [](const Refusal& refusal) { return text(refusal.status, refusal.reason); });
    auto listener = service::listen_on("inet:127.0.0.1:0");
    ASSERT_TRUE(listener) << listener.error();
    port_ = service::local_port(listener->get());
    server_->listen(std::move(*listener));
    server_->start();
  }
  void TearDown() override { release(); }

  static Response text(int status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
  }
  Response handle(const Request& request) {
    ++handled_;
    if (request.path == "/wait") wait_for_release();
    if (request.path == "/upload") {
      return text(200, std::to_string(request.octets().size()) + (request.spool ? " in a file" : ""));
    }
    if (request.path == "/events") {
      Response response = text(200, "");
      response.content_type = "text/event-stream";
      response.events = channels_.emplace_back(std::make_shared<EventChannel>());
      return response;
    }
    if (request.path == "/throw") throw std::runtime_error("a secret of the inside");
    if (request.path == "/stream") return stream(3 << 20, 3 << 20);
    if (request.path == "/short") return stream(100, 50);
    if (request.path == "/fields") return text(200, std::string(request.field("remote_addr")) + "|" + request.source);
    return text(200, request.method + " " + request.path + " " + request.body);
  }
  static Response stream(std::size_t announced, std::size_t written) {
    Response response;
    response.status = 200;
    response.content_type = "application/octet-stream";
    response.stream = {announced, [written](const Sink& sink) {
                         for (std::size_t i = 0; i < written; i += 50) {
                           if (!sink(std::string(std::min<std::size_t>(50, written - i), 'x'))) return false;
                         }
                         return true;
                       }};
    return response;
  }
  void wait_for_release() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return released_; });
  }
  void wait_until_waiting(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 5s, [&] { return waiting_ >= count; }));
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

  ManualClock clock_{from_epoch(784111777)};
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool released_ = false;
  std::atomic<int> handled_ = 0;
  int port_ = 0;
  std::unique_ptr<Server> server_;  // goes first: its workers use the rest
};

TEST_F(HttpFront, AnswersAndKeepsTheConnection) {
  start();
  Client client(port_);
  for (int i = 0; i < 3; ++i) {
    client.send(get("/a"));
    const std::string answer = client.answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "GET /a ");
    EXPECT_NE(answer.find("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), answer.npos) << answer;
    EXPECT_EQ(answer.find("Connection: close"), answer.npos);
    EXPECT_EQ(answer.find("Keep-Alive"), answer.npos);
  }
}

TEST_F(HttpFront, ClosesWhenAsked) {
  start();
  Client client(port_);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.answer().find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpFront, PipelinedRequestsAreAllAnsweredInOrder) {
  start();
  Client client(port_);
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += get("/" + std::to_string(i));
  client.send(requests + "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody" + get("/last"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(body_of(client.answer()), "GET /" + std::to_string(i) + " ");
  EXPECT_EQ(body_of(client.answer()), "POST /p body");
  EXPECT_EQ(body_of(client.answer()), "GET /last ");
}

TEST_F(HttpFront, HeadHasTheLengthAndNoBody) {
  start();
  Client client(port_);
  client.send("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string answer = client.answer(500ms);
  EXPECT_NE(answer.find("Content-Length: 8\r\n"), answer.npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(answer.find("Accept-Ranges: bytes"), answer.npos);
}

TEST_F(HttpFront, RangesAreIgnored) {
  start();
  Client client(port_);
  client.send("GET /abc HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n\r\n");
  const std::string answer = client.answer();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "GET /abc ");
}

TEST_F(HttpFront, TheSourceIsTheSocketsAndNotAFields) {
  start();
  Client client(port_);
  client.send("GET /fields HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
  EXPECT_EQ(body_of(client.answer()), "|127.0.0.1");
}

TEST_F(HttpFront, AnExceptionIs500WithoutItsText) {
  start();
  Client client(port_);
  client.send(get("/throw"));
  const std::string answer = client.answer();
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_EQ(answer.find("secret"), answer.npos);
}

TEST_F(HttpFront, StreamsGoOutWhole) {
  start();
  Client client(port_);
  client.send(get("/stream") + get("/a"));
  EXPECT_EQ(body_of(client.answer()), std::string(3 << 20, 'x'));
  EXPECT_EQ(body_of(client.answer()), "GET /a ");
}

TEST_F(HttpFront, AStreamThatFallsShortEndsTheConnection) {
  start();
  Client client(port_);
  client.send(get("/short") + get("/a"));
  EXPECT_LT(body_of(client.answer()).size(), 100u);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpFront, WhatIsRefusedNeverReachesTheHandlerAndCloses) {
  start();
  for (const auto& [request, status] : std::vector<std::pair<std::string, int>>{
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415},
           {"GET / HTTP/1.1\n\n", 400},
           {"\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03\n\n", 400},
           {"GET / HTTP/1.1\r\nA: " + std::string(40'000, 'a'), 431},
           {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000001\r\n\r\nxyz", 413},
       }) {
    Client client(port_);
    client.send(request + get("/smuggled"));
    const std::string answer = client.answer();
    EXPECT_EQ(status_of(answer), status) << request.substr(0, 100);
    EXPECT_NE(answer.find("Connection: close\r\n"), answer.npos);
    EXPECT_TRUE(client.closed()) << request.substr(0, 100);
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpFront, ABodyLargerThanTheLimitIsRefusedBeforeItIsSent) {
  ServerOptions options;
  options.max_body = 10;
  start(options);
  const auto post = [](int size) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  };
  Client at_limit(port_);
  at_limit.send(post(10) + "0123456789");
  EXPECT_EQ(status_of(at_limit.answer()), 200);
  Client above(port_);
  above.send(post(11));
  EXPECT_EQ(status_of(above.answer()), 413);
}

TEST_F(HttpFront, Says100ContinueBeforeTheBody) {
  start();
  Client client(port_);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(body_of(client.answer()), "POST / ok");
}

TEST_F(HttpFront, SlowHeadsAndBodiesEndWith408AndIdleConnectionsWithoutAWord) {
  ServerOptions options;
  options.head_timeout = 300ms;
  options.body_timeout = 300ms;
  options.idle_timeout = 300ms;
  start(options);
  Client head(port_), body(port_), idle(port_);
  head.send("GET / HTTP/1.1\r\nHo");
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx");
  EXPECT_EQ(status_of(head.answer()), 408);
  EXPECT_EQ(status_of(body.answer()), 408);
  EXPECT_TRUE(idle.closed());
  Client quick(port_);
  quick.send(get("/a"));
  EXPECT_EQ(status_of(quick.answer()), 200);
}

TEST_F(HttpFront, OneOctetNowAndThenDoesNotProlongTheHead) {
  ServerOptions options;
  options.head_timeout = 500ms;
  start(options);
  Client client(port_);
  const auto begun = std::chrono::steady_clock::now();
  std::string answer;
  while (answer.empty() && std::chrono::steady_clock::now() - begun < 5s) {
    client.send("G");
    answer = client.answer(50ms);
  }
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

TEST_F(HttpFront, IdleAndSlowConnectionsCostNoWorker) {
  start();  // two workers
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 300; ++i) {
    crowd.push_back(std::make_unique<Client>(port_));
    ASSERT_TRUE(crowd.back()->connected());
    if (i % 2 == 0) crowd.back()->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nslow");
  }
  const auto begun = std::chrono::steady_clock::now();
  Client client(port_);
  client.send(get("/a"));
  EXPECT_EQ(status_of(client.answer()), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
  for (auto& other : crowd) other->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(status_of(crowd[1]->answer()), 200);
}

TEST_F(HttpFront, ConnectionsAboveTheLimitAre503AndThoseBelowLive) {
  ServerOptions options;
  options.max_connections = 2;
  start(options);
  Client first(port_), second(port_);
  first.send(get("/a"));
  second.send(get("/a"));
  EXPECT_EQ(status_of(first.answer()), 200);
  EXPECT_EQ(status_of(second.answer()), 200);
  Client third(port_);
  EXPECT_EQ(status_of(third.answer()), 503);
  EXPECT_TRUE(third.closed());
  first.send(get("/b"));
  EXPECT_EQ(status_of(first.answer()), 200);
}

TEST_F(HttpFront, AFullQueueIs503) {
  ServerOptions options;
  options.workers = 1;
  options.max_queue = 1;
  start(options);
  Client working(port_), queued(port_), refused(port_);
  working.send(get("/wait"));
  wait_until_waiting(1);
  queued.send(get("/queued"));
  std::this_thread::sleep_for(100ms);
  refused.send(get("/refused"));
  EXPECT_EQ(status_of(refused.answer()), 503);
  release();
  EXPECT_EQ(status_of(working.answer()), 200);
  EXPECT_EQ(body_of(queued.answer()), "GET /queued ");
}

TEST_F(HttpFront, BodiesInMemoryHaveALimitTogether) {
  ServerOptions options;
  options.max_buffered = 150'000;
  start(options);
  Client first(port_), second(port_);
  const std::string half = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + std::string(100'000, 'x');
  first.send(half);
  std::this_thread::sleep_for(100ms);
  second.send(half);
  EXPECT_EQ(status_of(second.answer()), 503);
}

TEST_F(HttpFront, StopLetsARequestInHandFinishAndRefusesNewConnections) {
  start();
  Client working(port_), idle(port_);
  working.send(get("/wait"));
  wait_until_waiting(1);
  std::thread stopping([this] { server_->stop(); });
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(Client(port_).connected());
  release();
  EXPECT_EQ(body_of(working.answer()), "GET /wait ");
  EXPECT_TRUE(working.closed());
  stopping.join();
}

TEST_F(HttpFront, ServesUnixSockets) {
  start();
  const std::string path = testing::TempDir() + "/waxseal-front-" + std::to_string(::getpid()) + ".sock";
  Server server(
      {}, clock_, [this](const Request& request) { return handle(request); },
      [](const Refusal& refusal) { return text(refusal.status, refusal.reason); });
  auto listener = service::listen_on("unix:" + path);
  ASSERT_TRUE(listener) << listener.error();
  server.listen(std::move(*listener));
  server.start();
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET /fields HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(::send(fd.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char octets[4096];
  for (ssize_t count; (count = ::recv(fd.get(), octets, sizeof octets, 0)) > 0;) {
    answer.append(octets, static_cast<std::size_t>(count));
  }
  EXPECT_EQ(body_of(answer), "|unix");
  ::unlink(path.c_str());
}

TEST_F(HttpFront, AnUploadWaitsInAFileAndOtherBodiesDoNot) {
  ServerOptions options;
  options.max_body = 100;
  options.max_upload = 600'000;
  options.is_upload = [](const Request& head) { return head.path == "/upload"; };
  start(std::move(options));
  Client client(port_);
  const std::string body(500'000, 'x');
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n" + body);
  EXPECT_EQ(body_of(client.answer()), "500000 in a file");
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7a120\r\n" + body +
              "\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.answer()), "500000 in a file");
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + get("/next"));
  EXPECT_EQ(body_of(client.answer()), "0");
  EXPECT_EQ(body_of(client.answer()), "GET /next ");
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 600001\r\n\r\n");
  EXPECT_EQ(status_of(client.answer()), 413);
  Client other(port_);
  other.send("POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
  EXPECT_EQ(status_of(other.answer()), 413);
}

TEST_F(HttpFront, UploadsHaveALimitTogether) {
  ServerOptions options;
  options.max_spooled = 100'000;
  options.is_upload = [](const Request&) { return true; };
  start(std::move(options));
  Client client(port_);
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + std::string(150'000, 'x'));
  EXPECT_EQ(status_of(client.answer()), 503);
}

TEST_F(HttpFront, AnEventStreamGoesOnUntilItIsFinished) {
  start();
  Client client(port_);
  client.send(get("/events"));
  const std::string head = client.answer();
  EXPECT_EQ(status_of(head), 200);
  EXPECT_NE(head.find("text/event-stream"), head.npos);
  EXPECT_EQ(head.find("Content-Length"), head.npos);
  channels_.at(0)->send("one\n\n");
  EXPECT_EQ(client.answer(500ms), "one\n\n");
  channels_.at(0)->send("two\n\n");
  channels_.at(0)->finish();
  EXPECT_EQ(client.answer(500ms), "two\n\n");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpFront, EventStreamsCostNoWorkerAndAClientThatGoesIsNoticed) {
  start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(port_));
    clients.back()->send(get("/events"));
    EXPECT_EQ(status_of(clients.back()->answer()), 200);
  }
  Client other(port_);
  other.send(get("/x"));
  EXPECT_EQ(status_of(other.answer()), 200);
  clients.clear();
  const auto open = [&] {
    return std::any_of(channels_.begin(), channels_.end(), [](const auto& channel) { return channel->open(); });
  };
  for (int i = 0; i < 400 && open(); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(open());
}

struct ForwardedCase {
  const char* field;
  const char* source;
};
class Forwarded : public testing::TestWithParam<ForwardedCase> {};

TEST_P(Forwarded, GivesTheNearestAddressBeforeTheProxies) {
  Request request;
  request.source = "127.0.0.1";
  request.fields = {{"x-forwarded-for", GetParam().field}, {"x-forwarded-proto", "https"}};
  Request direct = request;
  direct.source = "192.0.2.1";
  apply_forwarded(request, {"127.0.0.1", "10.0.0.1"});
  EXPECT_EQ(request.source, GetParam().source);
  EXPECT_TRUE(request.secure);
  apply_forwarded(direct, {"127.0.0.1", "10.0.0.1"});
  EXPECT_EQ(direct.source, "192.0.2.1");
  EXPECT_FALSE(direct.secure);
}

INSTANTIATE_TEST_SUITE_P(Fields, Forwarded,
                         testing::Values(ForwardedCase{"198.51.100.7", "198.51.100.7"},
                                         ForwardedCase{"203.0.113.9, 198.51.100.7", "198.51.100.7"},
                                         ForwardedCase{"198.51.100.7, 10.0.0.1", "198.51.100.7"},
                                         ForwardedCase{"2001:db8::1", "2001:db8::1"},
                                         ForwardedCase{"unknown", "127.0.0.1"}, ForwardedCase{"", "127.0.0.1"},
                                         ForwardedCase{"1.2.3.4, x", "127.0.0.1"}));

}  // namespace
}  // namespace waxseal::jmapd::http
