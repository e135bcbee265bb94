// An LMTP server that answers as a test says.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "service/listen.h"

namespace waxseal::lmtp {

class ScriptedNextHop {
 public:
  static constexpr const char* kClose = "(close)";
  static constexpr const char* kSilence = "(silence)";

  // `answer` gets each command line, and "." at the end of a text; it returns the lines to answer, kClose or kSilence.
  explicit ScriptedNextHop(std::function<std::string(const std::string&)> answer)
      : answer_(std::move(answer)), listener_(service::listen_on("inet:127.0.0.1:0").value()) {
    port_ = service::local_port(listener_.get());
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedNextHop() {
    stop_ = true;
    thread_.join();
    for (std::thread& one : connections_) one.join();
  }

  std::string address() const { return "inet:127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> texts() {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::vector<std::string> commands() {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  std::atomic<int> accepted = 0;  // connections

  // What a server says that has nothing against anybody.
  static std::string friendly(const std::string& line) {
    if (line.starts_with("LHLO")) return "250-next.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";
    if (line == "DATA") return "354 go on\r\n";
    if (line == "QUIT") return kClose;
    return line == "." ? "250 2.0.0 taken\r\n" : "250 2.1.0 ok\r\n";
  }

 private:
  void serve() {
    while (!stop_) {
      pollfd waiting{listener_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) continue;
      ++accepted;
      connections_.emplace_back([this, fd = std::move(fd)] { converse(fd); });
    }
  }

  void converse(const UniqueFd& fd) {
    say(fd, "220 next.example.org\r\n");
    std::string text;
    for (bool in_text = false; !stop_;) {
      std::string line;
      if (!read_line(fd, line)) return;
      if (in_text && line != ".") {
        text += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        continue;
      }
      {
        const std::lock_guard lock(mutex_);
        if (in_text) texts_.push_back(std::exchange(text, ""));
        if (!in_text) commands_.push_back(line);
      }
      const std::string answer = answer_(line);
      if (answer == kClose) return;
      in_text = line == "DATA" && answer.starts_with("354");
      if (answer != kSilence) say(fd, answer);
    }
  }

  static void say(const UniqueFd& fd, const std::string& what) {
    (void)!::send(fd.get(), what.data(), what.size(), MSG_NOSIGNAL);
  }

  bool read_line(const UniqueFd& fd, std::string& line) {
    for (char c = 0; !stop_;) {
      pollfd waiting{fd.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) == 0) continue;
      if (::recv(fd.get(), &c, 1, 0) != 1) return false;
      if (c == '\n') {
        if (line.ends_with('\r')) line.pop_back();
        return true;
      }
      line += c;
    }
    return false;
  }

  const std::function<std::string(const std::string&)> answer_;
  UniqueFd listener_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<std::string> texts_;
  std::vector<std::string> commands_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

}  // namespace waxseal::lmtp
