// A relay on loopback for one connection, whose replies the test gives.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "submit/submit.h"

namespace waxseal::submit {

class ScriptedRelay {
 public:
  // A command ("MAIL FROM:<...>", "." at the end of the data) -> the reply without its line end; "": hang up.
  using Script = std::function<std::string(const std::string& command)>;

  explicit ScriptedRelay(Script script) : script_(std::move(script)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(fd_.get(), 1);
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedRelay() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }

  RelayOptions options() const {
    RelayOptions out;
    out.host = "127.0.0.1";
    out.port = port_;
    out.tls = Tls::kOff;
    out.hostname = "client.example.org";
    out.timeout = std::chrono::seconds(10);
    return out;
  }
  // After the dialogue.
  const std::vector<std::string>& commands() {
    if (thread_.joinable()) thread_.join();
    return commands_;
  }
  const std::string& data() {
    (void)commands();
    return data_;
  }

 private:
  void serve() {
    const UniqueFd peer(::accept(fd_.get(), nullptr, nullptr));
    if (peer.get() < 0) return;
    say(peer, "220 relay.example.net");
    bool in_data = false;
    for (std::string line; next_line(peer, line);) {
      if (in_data && line != ".") {
        data_ += line + "\n";
        continue;
      }
      if (!in_data) commands_.push_back(line);
      const std::string reply = script_(line);
      in_data = !in_data && line == "DATA" && reply.starts_with("354");
      if (reply.empty() || line == "QUIT") return;
      say(peer, reply);
    }
  }
  static void say(const UniqueFd& peer, const std::string& reply) {
    const std::string octets = reply + "\r\n";
    (void)::send(peer.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
  }
  bool next_line(const UniqueFd& peer, std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == buffer_.npos) {
      char octets[4096];
      const ssize_t count = ::recv(peer.get(), octets, sizeof octets, 0);
      if (count <= 0) return false;
      buffer_.append(octets, static_cast<std::size_t>(count));
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }

  const Script script_;
  UniqueFd fd_;
  unsigned port_ = 0;
  std::string buffer_, data_;
  std::vector<std::string> commands_;
  std::thread thread_;
};

}  // namespace waxseal::submit
