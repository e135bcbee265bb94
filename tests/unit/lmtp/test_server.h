// A Server on a free loopback port in a thread of its own, and a client that talks to it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <string>
#include <thread>

#include "lmtp/server.h"
#include "service/listen.h"
#include "unit/lmtp/fake_sink.h"

namespace waxseal::lmtp {

class TestServer {
 public:
  TestServer(ServerOptions options, ServiceSource source, const Clock& clock) {
    auto listener = service::listen_on("inet:127.0.0.1:0");
    if (!listener) throw std::runtime_error(listener.error());
    port_ = service::local_port(listener->get());
    std::vector<UniqueFd> listeners;
    listeners.push_back(*std::move(listener));
    server_ = std::make_unique<Server>(options, std::move(source), clock, std::move(listeners));
    thread_ = std::thread([this] {
      server_->run(signals_, [this] { ++reloads; });
      server_.reset();
    });
  }
  ~TestServer() { stop(); }

  void signal(int number) { ::kill(::getpid(), number); }
  // SIGTERM, and returns when the server has ended.
  void stop() {
    if (!thread_.joinable()) return;
    signal(SIGTERM);
    thread_.join();
    while (signals_.take() != 0) continue;  // one too many would end the next test's server
  }
  int port() const { return port_; }
  std::atomic<int> reloads{0};

 private:
  service::Signals signals_;
  int port_ = 0;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  bool send(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // One answer's code and enhanced code; "" when the connection has ended.
  std::string answer() {
    std::string line;
    do {
      line = read_line();
    } while (line.size() > 3 && line[3] == '-');
    return codes(line);
  }
  std::string ask(std::string_view command) { return send(command) ? answer() : ""; }
  // Greeting, LHLO, MAIL, RCPT, DATA.
  std::string begin_message(const std::string& recipient = "bob@example.org", const std::string& sender = "a@b.c") {
    answer();
    ask("LHLO client.example.org\r\n");
    ask("MAIL FROM:<" + sender + ">\r\n");
    ask("RCPT TO:<" + recipient + ">\r\n");
    return ask("DATA\r\n");
  }
  void hang_up() { fd_.reset(); }

 private:
  std::string read_line() {
    for (;;) {
      const auto end = buffer_.find("\r\n");
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 2);
        return line;
      }
      char piece[4096];
      const ssize_t n = ::recv(fd_.get(), piece, sizeof piece, 0);
      if (n <= 0) return "";
      buffer_.append(piece, static_cast<std::size_t>(n));
    }
  }

  UniqueFd fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace waxseal::lmtp
