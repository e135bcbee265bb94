// How long an answer may take: as long as the client takes it.
#include "jmapd/http/output.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/unique_fd.h"

namespace waxseal::jmapd::http {
namespace {

using std::chrono::milliseconds;

class HttpOutput : public testing::Test {
 protected:
  HttpOutput() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ours_ = UniqueFd(pair[0]);
    theirs_ = UniqueFd(pair[1]);
    const int small = 16 * 1024;
    ::setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }

  // Whether all of `octets` left within 150 ms and what was earned, the client taking a piece every `pause`.
  bool sent(std::size_t octets, milliseconds pause) {
    std::jthread client([&, fd = theirs_.get()](const std::stop_token& stop) {
      std::string piece(32 * 1024, '\0');
      while (!stop.stop_requested() && ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT) != 0)
        std::this_thread::sleep_for(pause);
    });
    const auto transport = plain_transport(ours_.get());
    Output output(*transport, ours_.get(), std::chrono::steady_clock::now() + milliseconds(150));
    return output.write(std::string(octets, 'x')) && output.flush();
  }

  UniqueFd ours_, theirs_;
};

TEST_F(HttpOutput, GoesOnAsLongAsTheClientTakesIt) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(sent(512 * 1024, milliseconds(20)));
  EXPECT_GT(std::chrono::steady_clock::now() - begun, milliseconds(150));  // the deadline alone would have cut it
}

TEST_F(HttpOutput, EndsWhenTheClientTakesTooLittle) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(sent(512 * 1024, milliseconds(2000)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(30'000));
}

}  // namespace
}  // namespace waxseal::jmapd::http
