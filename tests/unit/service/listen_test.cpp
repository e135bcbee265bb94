#include "service/listen.h"

#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "service/connect.h"

namespace waxseal::service {
namespace {

using testing::HasSubstr;

class UnixSocket : public testing::Test {
 protected:
  UnixSocket() : path_(std::filesystem::temp_directory_path() / ("waxseal-listen-" + std::to_string(::getpid()))) {}
  ~UnixSocket() override { std::filesystem::remove(path_); }
  std::string address() const { return "unix:" + path_.string(); }
  bool connects() const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path_.c_str());
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  }
  std::filesystem::path path_;
};

TEST_F(UnixSocket, HasTheModeThatWasAskedFor) {
  const auto fd = listen_on(address(), "0620");
  ASSERT_TRUE(fd) << fd.error();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0620u);
  EXPECT_TRUE(connects());
}

TEST_F(UnixSocket, AStaleSocketIsReplaced) {
  { ASSERT_TRUE(listen_on(address())); }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const auto again = listen_on(address());
  ASSERT_TRUE(again) << again.error();
  EXPECT_TRUE(connects());
}

TEST_F(UnixSocket, ASocketThatAnswersIsNotTaken) {
  const auto first = listen_on(address());
  ASSERT_TRUE(first);
  const auto second = listen_on(address());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("in use by a running program"));
  EXPECT_TRUE(connects());
}

TEST_F(UnixSocket, AFileThatIsNoSocketIsNeverRemoved) {
  std::ofstream(path_) << "precious";
  EXPECT_FALSE(listen_on(address()));
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
}

TEST(InetSocket, PortZeroGivesAFreePort) {
  const auto fd = listen_on("inet:127.0.0.1:0");
  ASSERT_TRUE(fd) << fd.error();
  EXPECT_GT(local_port(fd->get()), 0);
}

TEST(InetSocket, WhatIsAcceptedSendsWithoutDelay) {
  const auto fd = listen_on("inet:127.0.0.1:0");
  ASSERT_TRUE(fd) << fd.error();
  const auto client = connect_to("inet:127.0.0.1:" + std::to_string(local_port(fd->get())), std::chrono::seconds(5));
  ASSERT_TRUE(client) << client.error();
  const UniqueFd accepted(::accept4(fd->get(), nullptr, nullptr, SOCK_CLOEXEC));
  int on = 0;
  socklen_t size = sizeof on;
  ASSERT_EQ(::getsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  EXPECT_NE(on, 0);
}

TEST(InetSocket, APortInUseIsAnErrorThatSaysSo) {
  const auto first = listen_on("inet:127.0.0.1:0");
  const auto second = listen_on("inet:127.0.0.1:" + std::to_string(local_port(first->get())));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("Address already in use"));
}

TEST(Address, AnythingElseIsRefusedWithTheReason) {
  for (const std::string wrong : {"", "127.0.0.1:25", "inet:2424", "inet:::1:24",
                                  "inet:127.0.0.1:", "inet:127.0.0.1:smtp-x", "unix:", "tcp:127.0.0.1:1"})
    EXPECT_FALSE(listen_on(wrong)) << wrong;
  EXPECT_FALSE(listen_on("unix:/tmp/x", "0990"));
  EXPECT_FALSE(listen_on("unix:/tmp/" + std::string(200, 'x')));
}

// Descriptor 3 belongs to somebody else in this process: so in a child.
int status_of_child(const std::string& listen_pid) {
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd listener = listen_on("inet:127.0.0.1:0").value();
    ::dup2(listener.get(), 3);
    ::setenv("LISTEN_PID", listen_pid.empty() ? std::to_string(::getpid()).c_str() : listen_pid.c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    const auto inherited = sockets_from_systemd();
    const bool gone = std::getenv("LISTEN_FDS") == nullptr && sockets_from_systemd().empty();
    if (!gone) ::_exit(1);
    ::_exit(inherited.size() == 1 && local_port(inherited[0].fd.get()) == local_port(listener.get()) ? 42 : 43);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(InheritedListeners, AreThoseThatSystemdOpenedForThisProcess) {
  EXPECT_EQ(status_of_child(""), 42);
}

TEST(InheritedListeners, AreNotThoseOfAnotherProcess) {
  EXPECT_EQ(status_of_child("1"), 43);
}

}  // namespace
}  // namespace waxseal::service
