#include "reverify/daemon.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "mailbox.h"

namespace waxseal::reverifyd {
namespace {

using smime::Status;

// The daemon in a thread, against the machine's clock.
class RunningDaemon : public testing::Test {
 protected:
  RunningDaemon()
      : file_(std::filesystem::temp_directory_path() / ("waxseal-reverifyd-" + std::to_string(::getpid()) + ".toml")) {
    mailbox_.clock.set(SystemClock().now());
    mailbox_.trust(test::pki().root);
    write("poll_seconds = 600");
  }
  ~RunningDaemon() override {
    stop();
    std::filesystem::remove(file_);
  }

  void write(const std::string& reverify, const std::string& verify = "") {
    std::ofstream(file_) << "[database]\nurl = \"" << mailbox_.database.url()
                         << "\"\n[log]\nlevel = \"error\"\n[reverify]\n"
                         << reverify << "\n[verify]\n"
                         << verify << '\n';
  }
  void start() {
    thread_ = std::thread([this] { Daemon(service::load_config(file_).value(), signals_, SystemClock()).run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    ::kill(::getpid(), SIGTERM);
    thread_.join();
  }
  bool becomes(EmailId id, Status status, Time deadline) {
    while (SystemClock().now() <= deadline) {
      if (mailbox_.email(id).status == status) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  service::Signals signals_;
  reverify::Mailbox mailbox_;
  std::filesystem::path file_;
  std::thread thread_;
};

TEST_F(RunningDaemon, ACertificateThatExpiresIsNoticedInTheSameSecond) {
  const Time expiry = SystemClock().now() + Seconds(3);
  const EmailId id = mailbox_.deliver(reverify::mail_until(expiry));
  start();
  EXPECT_FALSE(becomes(id, Status::kFailed, expiry - Seconds(1)));
  EXPECT_TRUE(
      becomes(id, Status::kFailed, expiry + Seconds(2)));  // due at expiry + 1, although it polls every ten minutes
}

TEST_F(RunningDaemon, ASignalMakesItReadTheKnobsAgain) {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.ext_key_usage = {};
  const EmailId id = mailbox_.deliver(test::clear_signed_mail({.cert = test::pki().leaf(spec)}));
  ASSERT_EQ(mailbox_.email(id).status, Status::kVerified);
  start();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  write("poll_seconds = 600", "no_such_knob = 1");
  ::kill(::getpid(), SIGHUP);
  EXPECT_FALSE(becomes(id, Status::kFailed, SystemClock().now()));
  write("poll_seconds = 600", "require_eku = true");
  ::kill(::getpid(), SIGUSR1);
  EXPECT_TRUE(becomes(id, Status::kFailed, SystemClock().now() + Seconds(3)));
}

TEST_F(RunningDaemon, StopsAtOnceWhenItIsTold) {
  start();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto told = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - told, std::chrono::seconds(2));
}

}  // namespace
}  // namespace waxseal::reverifyd
