// stats, reload, config show.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <thread>

#include "cli/http_get.h"
#include "cli/metrics_page.h"
#include "cli_run.h"
#include "service/listen.h"
#include "service/metrics.h"
#include "service/monitor.h"

namespace waxseal::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(MetricsPage, ReadsWhatPrometheusReads) {
  const MetricsPage page("# HELP a b\na 1\nb{x=\"q\\\"}\",y=\"2\"} 2.5\nbroken{x=\"1\nalso broken\nb{x=\"z\"} 4\n");
  ASSERT_EQ(page.samples().size(), 3U);
  EXPECT_EQ(page.samples()[1].labels.at("x"), "q\"}");
  EXPECT_EQ(page.sum("b"), 6.5);
  EXPECT_EQ(page.sum("b", {{"x", "z"}}), 4);
  EXPECT_EQ(page.sum("c"), 0);
}

TEST(MetricsPage, AQuantileIsTheBoundBelowWhichItLies) {
  const MetricsPage page(
      "t_bucket{le=\"0.1\"} 50\nt_bucket{le=\"1\"} 98\nt_bucket{le=\"+Inf\"} 100\nu_bucket{le=\"+Inf\"} 0\n");
  EXPECT_EQ(page.quantile("t", 0.5), 0.1);
  EXPECT_EQ(page.quantile("t", 0.51), 1);
  EXPECT_TRUE(std::isinf(page.quantile("t", 0.99)));
  EXPECT_EQ(page.quantile("u", 0.5), 0);
}

class Stats : public testing::Test {
 protected:
  Stats() {
    auto listener = service::listen_on("inet:127.0.0.1:0");
    address_ = "inet:127.0.0.1:" + std::to_string(service::local_port(listener->get()));
    monitor_.emplace(*std::move(listener), service::MonitorOptions{[] {}, [] {}});
  }
  Ran stats(const std::string& more = "", std::vector<std::string> options = {}) {
    const std::string config = directory_.write("waxseal.toml", "[metrics]\nlmtp = \"" + address_ + "\"\n" + more);
    options.insert(options.begin(), {"--config", config, "stats"});
    return run(options);
  }
  Directory directory_;
  std::string address_;
  std::optional<service::Monitor> monitor_;
};

TEST_F(Stats, ShowsWhatADaemonCounts) {
  const Ran ran = stats();
  EXPECT_EQ(ran.status, kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("waxseal-lmtpd"));
  EXPECT_THAT(ran.out, HasSubstr("MiB"));
  const auto json = stats("", {"--json"}).json();
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["daemon"], "waxseal-lmtpd");
  EXPECT_TRUE(json[0]["error"].is_null());
  EXPECT_FALSE(json[0]["samples"].empty());
}

TEST_F(Stats, ADaemonThatIsAwayIsNamedAndCountsAsFailure) {
  const Ran ran = stats("milter = \"inet:127.0.0.1:1\"\n");
  EXPECT_EQ(ran.status, kNo);
  EXPECT_THAT(ran.out, HasSubstr("cannot be asked"));
}

TEST_F(Stats, WatchesSoManyRounds) {
  const Ran ran = stats("", {"--watch", "--rounds", "2"});
  EXPECT_NE(ran.out.find("DAEMON"), ran.out.rfind("DAEMON"));
  EXPECT_EQ(stats().out.find("DAEMON"), stats().out.rfind("DAEMON"));
}

TEST(StatsWithoutMetrics, SaysWhatToConfigure) {
  const Directory directory;
  const Ran ran = run({"--config", directory.write("waxseal.toml", ""), "stats"});
  EXPECT_EQ(ran.status, kNo);
  EXPECT_THAT(ran.err, HasSubstr("[metrics]"));
}

TEST(HttpGet, WhatIsNotHttpIsToldApart) {
  const auto listener = service::listen_on("inet:127.0.0.1:0");
  const std::string address = "inet:127.0.0.1:" + std::to_string(service::local_port(listener->get()));
  std::thread server([&] {
    int client = -1;
    while ((client = ::accept(listener->get(), nullptr, nullptr)) < 0) std::this_thread::yield();
    [[maybe_unused]] const auto sent = ::send(client, "220 lmtp\r\n", 10, 0);
    ::shutdown(client, SHUT_WR);
    char request[256];
    while (::recv(client, request, sizeof request, 0) > 0) {
    }
    ::close(client);
  });
  const auto answer = http_get(address, "/metrics", std::chrono::seconds(2));
  server.join();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error(), HasSubstr("does not speak HTTP"));
  EXPECT_FALSE(http_get("inet:127.0.0.1:1", "/"));
}

// A process that looks like a daemon, and ends with 7 at SIGHUP, with 8 at SIGUSR1.  It waits for a line that never
// comes: for another command its shell would fork, and be there twice for a moment.
class Daemon {
 public:
  Daemon(const std::string& name, const std::string& config) {
    int ready[2] = {-1, -1}, line[2] = {-1, -1};
    if (::pipe2(ready, O_CLOEXEC) != 0 || ::pipe2(line, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(line[0], 0);
      ::dup2(ready[1], 1);
      ::execl("/bin/sh", name.c_str(), "-c", "trap 'exit 7' HUP; trap 'exit 8' USR1; echo; exec 1>&-; read line",
              name.c_str(), "--config", config.c_str(), nullptr);
      ::_exit(1);
    }
    ::close(line[0]);
    line_ = line[1];
    ::close(ready[1]);
    char one = 0;
    [[maybe_unused]] const auto got = ::read(ready[0], &one, 1);
    ::close(ready[0]);
  }
  ~Daemon() {
    if (pid_ > 0) end(SIGKILL);
    ::close(line_);
  }
  int end(int signal = 0) {
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int line_ = -1;
};

TEST(Reload, TellsTheDaemonsOfThisConfigurationOnly) {
  const Directory directory;
  const std::string ours = directory.write("waxseal.toml", ""), other = directory.write("other.toml", "");
  Daemon lmtpd("waxseal-lmtpd", ours), jmapd("waxseal-jmapd", other);
  const Ran dry = run({"--config", ours, "reload", "--dry-run"});
  EXPECT_THAT(dry.out, HasSubstr("would be told"));
  const Ran ran = run({"--config", ours, "reload", "--json"});
  EXPECT_EQ(ran.status, kDone) << ran.err;
  ASSERT_EQ(ran.json().size(), 1U);
  EXPECT_EQ(ran.json()[0]["daemon"], "waxseal-lmtpd");
  EXPECT_EQ(lmtpd.end(), 7);
  EXPECT_EQ(jmapd.end(SIGKILL), -1);
}

TEST(Reload, TheMilterGetsTheSignalThatLibmilterLeavesAlone) {
  const Directory directory;
  const std::string config = directory.write("waxseal.toml", "");
  Daemon milter("waxseal-milter", config), reverifyd("waxseal-reverifyd", config);
  EXPECT_EQ(run({"--config", config, "reload"}).status, kDone);
  EXPECT_EQ(milter.end(), 8);
  EXPECT_EQ(reverifyd.end(), 7);
}

TEST(Reload, ABrokenConfigurationIsNotPassedOn) {
  const Directory directory;
  const std::string config = directory.write("waxseal.toml", "nonsense = 1\n");
  Daemon lmtpd("waxseal-lmtpd", config);
  EXPECT_EQ(run({"--config", config, "reload"}).status, kUsage);
  EXPECT_EQ(lmtpd.end(SIGKILL), -1);
}

TEST(Reload, SaysWhenNobodyRuns) {
  const Directory directory;
  const Ran ran = run({"--config", directory.write("waxseal.toml", ""), "reload"});
  EXPECT_EQ(ran.status, kNo);
  EXPECT_THAT(ran.err, HasSubstr("no daemon runs with"));
}

TEST(ConfigShow, PrintsWhatDiffersAndHidesThePassword) {
  const Directory directory;
  const std::string config = directory.write(
      "waxseal.toml",
      "[database]\nurl = \"postgresql://wax:geheim@db/wax\"\n[lmtp]\nworkers = 3\n[verify]\nmin_rsa_bits = 3072\n");
  const Ran ran = run({"--config", config, "config", "show"});
  EXPECT_EQ(ran.status, kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("database.url = \"postgresql://wax:***@db/wax\"\n"));
  EXPECT_THAT(ran.out, HasSubstr("lmtp.workers = 3\nverify.min_rsa_bits = 3072\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("jmap.workers")));
  const Ran all = run({"--config", config, "config", "show", "--defaults"});
  EXPECT_THAT(all.out, HasSubstr("jmap.workers = 8  # default\n"));
  EXPECT_THAT(all.out, HasSubstr("lmtp.workers = 3\n"));
  EXPECT_THAT(all.out, Not(HasSubstr("geheim")));
  const auto json = run({"--config", config, "config", "show", "--json"}).json();
  const auto workers = std::ranges::find(json, "lmtp.workers", [](const auto& row) { return row["key"]; });
  ASSERT_NE(workers, json.end());
  EXPECT_EQ((*workers)["value"], "3");
}

}  // namespace
}  // namespace waxseal::cli
