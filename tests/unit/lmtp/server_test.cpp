#include "lmtp/server.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fstream>

#include "unit/lmtp/test_server.h"

namespace waxseal::lmtp {
namespace {

using namespace std::chrono_literals;

struct Running {
  World world;
  TestServer server;
  explicit Running(ServerOptions options = {.workers = 2, .max_connections = 50})
      : server(
            options, [this] { return world.service; }, world.clock) {}
};

TEST(Server, TakesAMessageOverASocket) {
  Running running;
  Client client(running.server.port());
  EXPECT_EQ(client.begin_message(), "354");
  EXPECT_EQ(client.ask("Subject: x\r\n\r\nbody\r\n.\r\n"), "250 2.0.0");
  EXPECT_EQ(client.ask("QUIT\r\n"), "221 2.0.0");
  EXPECT_EQ(client.answer(), "");
  ASSERT_EQ(running.world.sink->taken.size(), 1u);
  EXPECT_EQ(running.world.sink->taken[0].text, "Subject: x\r\n\r\nbody\r\n");
}

TEST(Server, ConnectionsThatDoNothingCostNoWorker) {
  Running running;
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(std::make_unique<Client>(running.server.port()));
    // Every second one falls silent in the middle of a text.
    EXPECT_EQ(i % 2 == 0 ? idle.back()->begin_message() : "354", "354");
  }
  Client client(running.server.port());
  EXPECT_EQ(client.begin_message(), "354");
  EXPECT_EQ(client.ask("x\r\n.\r\n"), "250 2.0.0");
}

TEST(Server, MoreConnectionsThanAllowedAreSentAway) {
  Running running({.workers = 1, .max_connections = 2});
  Client first(running.server.port()), second(running.server.port());
  EXPECT_EQ(first.answer(), "220");
  EXPECT_EQ(second.answer(), "220");
  Client third(running.server.port());
  EXPECT_EQ(third.answer(), "421 4.3.2");
  first.hang_up();
  std::this_thread::sleep_for(600ms);
  Client fourth(running.server.port());
  EXPECT_EQ(fourth.answer(), "220");
}

TEST(Server, AnIdlePeerIsToldAndDropped) {
  Running running({.workers = 1, .max_connections = 5, .idle_timeout = 300ms});
  Client client(running.server.port());
  EXPECT_EQ(client.begin_message(), "354");
  EXPECT_EQ(client.answer(), "421 4.4.2");
  EXPECT_EQ(client.answer(), "");
  EXPECT_TRUE(running.world.sink->taken.empty());
}

TEST(Server, DrainFinishesTheMessageThatIsBeingSentAndSendsTheIdleAway) {
  Running running;
  Client idle(running.server.port()), busy(running.server.port());
  EXPECT_EQ(idle.answer(), "220");
  EXPECT_EQ(busy.begin_message(), "354");
  running.server.signal(SIGTERM);
  EXPECT_EQ(idle.answer(), "421 4.3.2");
  EXPECT_FALSE(Client(running.server.port()).connected());
  EXPECT_EQ(busy.ask("late\r\n.\r\n"), "250 2.0.0");
  EXPECT_EQ(busy.answer(), "421 4.3.2");
  running.server.stop();
  EXPECT_EQ(running.world.sink->taken.size(), 1u);
}

TEST(Server, DrainDoesNotWaitForEverForASilentSender) {
  Running running({.workers = 1, .max_connections = 5, .drain_timeout = 500ms});
  Client client(running.server.port());
  EXPECT_EQ(client.begin_message(), "354");
  running.server.stop();
  EXPECT_EQ(client.answer(), "");
  EXPECT_TRUE(running.world.sink->taken.empty());
}

TEST(Server, SighupReloadsAndLosesNoConnection) {
  Running running;
  Client client(running.server.port());
  EXPECT_EQ(client.begin_message(), "354");
  running.server.signal(SIGHUP);
  for (int i = 0; i < 100 && running.server.reloads == 0; ++i) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(running.server.reloads, 1);
  EXPECT_EQ(client.ask("x\r\n.\r\n"), "250 2.0.0");
}

TEST(Server, APeerThatDisappearsInTheTextLeavesNothing) {
  Running running;
  {
    Client client(running.server.port());
    EXPECT_EQ(client.begin_message(), "354");
    client.send("half a message\r\n");
  }
  running.server.stop();
  EXPECT_TRUE(running.world.sink->taken.empty());
}

// Reads what it is given, as the real one does, and keeps nothing.
class ReadingSink final : public MessageSink {
 public:
  std::size_t size = 0;
  Found find_recipient(const std::string&) noexcept override { return {Lookup::kOurs, {1}}; }
  std::vector<Reply> deliver(const Delivery& delivery) override {
    const Octets all = delivery.spool->view();
    size = all.size() - delivery.trace_octets;
    sha256(all);
    return {Reply{250, "2.0.0", "stored", {}}};
  }
};

constexpr std::size_t kHuge = 50u << 20;

std::size_t data_segment_octets() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmData:")) return std::stoul(line.substr(7)) * 1024;
  return 0;
}

// In a process of its own that may use 20 MiB more than it does now: the answer to a message of 50 MiB.
std::string answer_to_huge_message(std::size_t spool_memory_octets) {
  int channel[2];
  if (::pipe(channel) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const rlim_t limit = data_segment_octets() + (20u << 20);
    const rlimit data{limit, limit};
    auto sink = std::make_shared<ReadingSink>();
    auto service = std::make_shared<Service>();
    service->hostname = "mx.example.net";
    service->sink = sink;
    service->spool.memory_octets = spool_memory_octets;
    ManualClock clock{from_epoch(0)};
    Session session([&] { return service; }, clock);
    converse(session, "LHLO x.y\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.c>\r\nDATA\r\n");
    ::setrlimit(RLIMIT_DATA, &data);
    const std::string line = std::string(78, 'x') + "\r\n";
    std::string answer;
    for (std::size_t sent = 0; sent < kHuge; sent += line.size()) answer += converse(session, line);
    answer = codes(answer + converse(session, ".\r\n"));
    answer += sink->size >= kHuge ? " whole" : " nothing";
    ::_exit(::write(channel[1], answer.data(), answer.size()) > 0 ? 0 : 1);
  }
  ::close(channel[1]);
  char buffer[200];
  const ssize_t n = ::read(channel[0], buffer, sizeof buffer);
  ::close(channel[0]);
  ::waitpid(child, nullptr, 0);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "the child died";
}

TEST(Server, AMessageOf50MebibytesPassesThrough20MebibytesOfMemory) {
  EXPECT_EQ(answer_to_huge_message(1u << 20), "250 2.0.0 whole");
}

TEST(Server, TheSameMessageDoesNotFitIfItIsKeptInMemory) {
  EXPECT_EQ(answer_to_huge_message(kHuge * 2), "451 4.3.1 nothing");
}

TEST(Server, AMessageOf50MebibytesPassesOverASocket) {
  Running running;
  auto sink = std::make_shared<ReadingSink>();
  auto service = std::make_shared<Service>(*running.world.service);
  service->sink = sink;
  service->max_message_octets = 100u << 20;
  running.world.service = service;
  Client client(running.server.port());
  EXPECT_EQ(client.begin_message(), "354");
  std::string megabyte;
  while (megabyte.size() < (1u << 20))
    megabyte += "..starts with a dot, and is rather long so that it looks like a line\r\n";
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.send(megabyte));
  EXPECT_EQ(client.ask(".\r\n"), "250 2.0.0");
  EXPECT_EQ(client.ask("QUIT\r\n"), "221 2.0.0");
  EXPECT_GT(sink->size, std::size_t{49} << 20);
}

}  // namespace
}  // namespace waxseal::lmtp
