#include "service/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/unique_fd.h"
#include "service/suggest.h"

namespace waxseal::service {
namespace {

TEST(SignalsAsDescriptor, ASignalMakesItReadableAndIsTakenOnce) {
  Signals signals;
  pollfd waiting{signals.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  ::raise(SIGTERM);
  EXPECT_EQ(::poll(&waiting, 1, 0), 1);
  EXPECT_EQ(signals.take(), SIGTERM);
  EXPECT_EQ(signals.take(), 0);
}

// systemd's side of sd_notify(3).
class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const std::string name = "@waxseal-test-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~NotifySocket() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  std::string received() {
    char message[200];
    const ssize_t n = ::recv(fd_.get(), message, sizeof message, 0);
    return n > 0 ? std::string(message, static_cast<std::size_t>(n)) : "";
  }

 private:
  UniqueFd fd_;
};

TEST(Notify, TellsAnAbstractSocketOfEachState) {
  NotifySocket systemd;
  notify_ready();
  EXPECT_EQ(systemd.received(), "READY=1");
  notify_reloading();
  EXPECT_THAT(systemd.received(), testing::MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  notify_stopping();
  EXPECT_EQ(systemd.received(), "STOPPING=1");
  ::unsetenv("NOTIFY_SOCKET");
  notify_stopping();  // not under systemd: nobody is told
  EXPECT_EQ(systemd.received(), "");
}

TEST(WatchdogOfSystemd, IsToldOnceInAWhile) {
  NotifySocket systemd;
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  Watchdog watchdog;
  watchdog.tend();
  EXPECT_EQ(systemd.received(), "WATCHDOG=1");
  watchdog.tend();  // not yet again
  EXPECT_EQ(systemd.received(), "");
  EXPECT_EQ(watchdog.interval(std::chrono::minutes(5)), std::chrono::milliseconds(7500));
  EXPECT_EQ(watchdog.interval(std::chrono::seconds(1)), std::chrono::seconds(1));
}

TEST(WatchdogOfSystemd, IsNotToldWhenNobodyWatchesThisProcess) {
  NotifySocket systemd;
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  Watchdog watchdog;
  watchdog.tend();
  EXPECT_EQ(systemd.received(), "");
  EXPECT_EQ(watchdog.interval(std::chrono::minutes(5)), std::chrono::minutes(5));
}

TEST(PolicyOf, AWrongKnobIsNamed) {
  Config config;
  config.verify = {{"min_rsa_bits", "3072"}};
  ASSERT_TRUE(policy_of(config));
  EXPECT_EQ(policy_of(config)->min_rsa_bits, 3072u);
  config.verify = {{"min_rsa_bitz", "3072"}};
  ASSERT_FALSE(policy_of(config));
  EXPECT_THAT(policy_of(config).error(), testing::HasSubstr("min_rsa_bitz"));
}

TEST(PolicyOf, RevocationIsHardUnlessTheConfigurationSaysOtherwise) {
  Config config;
  ASSERT_TRUE(policy_of(config));
  EXPECT_EQ(policy_of(config)->revocation.mode, smime::RevocationMode::kHard);
  config.revocation = {.mode = "soft",
                       .no_pointer = "fail",
                       .prefer = "ocsp",
                       .stale_grace_seconds = 60,
                       .late_key_compromise = "always",
                       .indirect_crl = true,
                       .deltas = true,
                       .at_delivery_grace_seconds = 30,
                       .imported_at_delivery = "import_time"};
  ASSERT_TRUE(policy_of(config)) << policy_of(config).error();
  const smime::RevocationPolicy revocation = policy_of(config)->revocation;
  EXPECT_EQ(revocation.mode, smime::RevocationMode::kSoft);
  EXPECT_TRUE(revocation.no_pointer_fails && revocation.prefer_ocsp && revocation.late_key_compromise_always);
  EXPECT_TRUE(revocation.indirect_crl && revocation.deltas && revocation.imported_at_import_time);
  EXPECT_EQ(revocation.stale_grace, Seconds(60));
  EXPECT_EQ(revocation.at_delivery_grace, Seconds(30));
  config.revocation.mode = "sometimes";
  EXPECT_FALSE(policy_of(config));
}

TEST(CheckValues, NamesAClientThatIsNone) {
  Config config;
  config.milter.skip_clients = {"10.0.0.0/8", "local", "2001:db8::1"};
  EXPECT_TRUE(check_values(config));
  config.milter.trusted_clients = {"mx.example.net"};
  ASSERT_FALSE(check_values(config));
  EXPECT_THAT(check_values(config).error(), testing::HasSubstr("milter.trusted_clients"));
}

TEST(DatabaseOptions, ComeFromTheConfiguration) {
  Config config;
  config.database.url = "postgresql:///x";
  config.database.pool_size = 3;
  config.database.statement_timeout_seconds = 4;
  const store::DatabaseOptions options = database_options(config);
  EXPECT_EQ(options.url, "postgresql:///x");
  EXPECT_EQ(options.pool_size, 3u);
  EXPECT_EQ(options.statement_timeout, Seconds(4));
}

TEST(DidYouMean, OnlyNearWordsAreSuggested) {
  const std::vector<std::string> words = {"account", "token", "trust"};
  EXPECT_EQ(nearest("acount", words), "account");
  EXPECT_EQ(nearest("turst", words), "trust");
  EXPECT_EQ(nearest("trst", words), "trust");
  EXPECT_EQ(nearest("verify", words), "");
  EXPECT_EQ(did_you_mean("tokens", words), "; did you mean \"token\"?");
  EXPECT_EQ(did_you_mean(std::string(1000, 't'), words), "");
}

}  // namespace
}  // namespace waxseal::service
