#include "milter/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>
#include <filesystem>

#include "base/unique_fd.h"
#include "milter/callbacks.h"

namespace waxseal::milter {
namespace {

sockaddr_in name_of(int fd) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  return name;
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

// The one of this process that listens on TCP; -1: none.
int tcp_listener() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    if (option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1 && name_of(fd).sin_family == AF_INET) return fd;
  }
  return -1;
}

// Whether what `listener` accepts has Nagle's algorithm switched off.
bool accepts_without_delay(int listener) {
  const sockaddr_in name = name_of(listener);
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return false;
  const UniqueFd accepted(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  return option(accepted.get(), IPPROTO_TCP, TCP_NODELAY) > 0;
}

UniqueFd plain_listener() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  return fd;
}

TEST(Listener, NoAnswerWaitsForTheMtaToAcknowledgeAnEdit) {
  register_callbacks([] { return std::shared_ptr<Filter>(); }, Wire::kTcp);
  UniqueFd plain = plain_listener();
  const std::string address = "inet:" + std::to_string(ntohs(name_of(plain.get()).sin_port)) + "@127.0.0.1";
  ::close(plain.release());
  const auto opened = open_listener(address, "0600");
  ASSERT_TRUE(opened) << opened.error();
  const int listener = tcp_listener();
  ASSERT_GE(listener, 0);
  EXPECT_TRUE(accepts_without_delay(listener));

  const UniqueFd twin = plain_listener();
  ASSERT_EQ(::listen(twin.get(), 1), 0);
  EXPECT_FALSE(accepts_without_delay(twin.get()));
}

TEST(Listener, TheModeIsChecked) {
  EXPECT_FALSE(open_listener("inet:0@127.0.0.1", "8"));
}

}  // namespace
}  // namespace waxseal::milter
