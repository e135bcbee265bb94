#include "jmapd/http/transport.h"

#include <poll.h>
#include <sys/socket.h>

namespace waxseal::jmapd::http {
namespace {

class Plain final : public Transport {
 public:
  explicit Plain(int fd) : fd_(fd) {}
  ssize_t receive(char* to, std::size_t size) override { return ::recv(fd_, to, size, 0); }
  ssize_t send(const char* from, std::size_t size) override {
    return ::send(fd_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  short receive_wants() const override { return POLLIN; }
  short send_wants() const override { return POLLOUT; }
  void shut_for_writing() override { ::shutdown(fd_, SHUT_WR); }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<Transport> plain_transport(int fd) {
  return std::make_unique<Plain>(fd);
}

}  // namespace waxseal::jmapd::http
