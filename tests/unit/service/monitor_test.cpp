#include "service/monitor.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "service/listen.h"
#include "service/metrics.h"

namespace waxseal::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

UniqueFd connect_to(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{10, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// Everything that comes until the other side closes.
std::string read_all(const UniqueFd& fd) {
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
    out.append(buffer, static_cast<std::size_t>(n));
  return out;
}

struct Monitored : testing::Test {
  std::atomic<bool> works = true;
  std::atomic<int> refreshed = 0;
  int port = 0;
  std::unique_ptr<Monitor> monitor;

  Monitored() {
    auto listener = listen_on("inet:127.0.0.1:0");
    port = local_port(listener->get());
    MonitorOptions options;
    options.probe = [this] {
      if (!works) throw std::runtime_error("no database");
    };
    options.refresh = [this] {
      ++refreshed;
      metrics().set(Metric::kLmtpQueue, {}, 5);
    };
    monitor = std::make_unique<Monitor>(*std::move(listener), std::move(options));
  }
  std::string ask(std::string_view request) {
    const UniqueFd fd = connect_to(port);
    ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
    return read_all(fd);
  }
  std::string get(const std::string& path) { return ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"); }
  std::string eventually(const std::string& path, std::string_view prefix) {
    std::string answer;
    for (int i = 0; i < 100; ++i) {
      answer = get(path);
      if (answer.starts_with(prefix)) break;
      std::this_thread::sleep_for(50ms);
    }
    return answer;
  }
};

TEST_F(Monitored, HealthIsThatTheProcessAnswers) {
  works = false;
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Monitored, ReadyFollowsTheProbeAndSaysWhyNot) {
  EXPECT_THAT(eventually("/readyz", "HTTP/1.1 200 "), StartsWith("HTTP/1.1 200 "));
  works = false;
  const std::string answer = eventually("/readyz", "HTTP/1.1 503 ");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("not ready: no database"));
}

TEST_F(Monitored, ADrainIsNotReadyWhateverTheProbeSays) {
  eventually("/readyz", "HTTP/1.1 200 ");
  monitor->drain();
  EXPECT_THAT(get("/readyz"), HasSubstr("not ready: stopping"));
}

TEST_F(Monitored, MetricsAreRefreshedWhenTheyAreRead) {
  const std::string answer = get("/metrics");
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("\nwaxseal_lmtp_queue 5\n"));
  EXPECT_EQ(refreshed, 1);
}

TEST_F(Monitored, EverythingElseIsRefused) {
  EXPECT_THAT(get("/etc/passwd"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask("POST /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(ask("LHLO x\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("GET /" + std::string(20'000, 'x')), StartsWith("HTTP/1.1 431 "));
}

TEST_F(Monitored, SilentClientsDoNotKeepOthersWaitingForLong) {
  std::vector<UniqueFd> silent;
  for (std::size_t i = 0; i < Monitor::kMaxClients - 1; ++i) silent.push_back(connect_to(port));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));  // one place is left
  silent.push_back(connect_to(port));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));  // none is left: the silent ones are dismissed first
  EXPECT_LT(std::chrono::steady_clock::now() - start, Monitor::kPatience + 2s);
}

}  // namespace
}  // namespace waxseal::service
