#include "support/responder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/text.h"
#include "base/unique_fd.h"

namespace waxseal::test {

namespace {

constexpr std::size_t kMostHead = 64 * 1024;

UniqueFd listen_on_loopback() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 64) != 0)
    throw std::runtime_error("no listening socket on loopback");
  return fd;
}

int port_of(const UniqueFd& fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

void read_field(HeardRequest& request, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return;
  request.fields[ascii_lower(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
}

HeardRequest read_head(std::string_view head) {
  HeardRequest out;
  std::size_t end = head.find("\r\n");
  const std::string_view first = head.substr(0, end);
  const std::size_t space = first.find(' '), second = first.rfind(' ');
  out.method = first.substr(0, space);
  if (space != first.npos && second > space) out.target = first.substr(space + 1, second - space - 1);
  while (end != head.npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    read_field(out, head.substr(0, end));
  }
  return out;
}

}  // namespace

struct Responder::State {
  UniqueFd listener = listen_on_loopback();
  const int port = port_of(listener);
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> connections = 0, inside = 0, most = 0;
  mutable std::mutex mutex;
  std::map<std::string, Page> pages;
  std::vector<HeardRequest> heard;
  std::list<std::thread> clients;
  std::thread acceptor{[this] { accept_all(); }};

  ~State() {
    stopping = true;
    acceptor.join();
    for (std::thread& client : clients) client.join();
  }

  void accept_all() {
    while (!stopping) {
      pollfd waiting{listener.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      UniqueFd client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) continue;
      ++connections;
      clients.emplace_back([this, fd = std::make_shared<UniqueFd>(std::move(client))] { serve_client(fd->get()); });
    }
  }

  bool pause(int milliseconds) const {
    for (; milliseconds > 0 && !stopping; milliseconds -= 10)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return !stopping;
  }
  // The peer is still there, and so are we.
  bool alive(int fd) const {
    char octet;
    const ssize_t got = ::recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return !stopping && (got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)));
  }
  static bool send_all(int fd, std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool more(int fd, std::string& buffer) const {
    pollfd waiting{fd, POLLIN, 0};
    while (!stopping && ::poll(&waiting, 1, 20) == 0) {
    }
    char piece[4096];
    const ssize_t got = stopping ? 0 : ::recv(fd, piece, sizeof piece, 0);
    if (got > 0) buffer.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }

  bool read_request(int fd, HeardRequest& out) const {
    std::string buffer;
    std::size_t end;
    while ((end = buffer.find("\r\n\r\n")) == buffer.npos)
      if (buffer.size() > kMostHead || !more(fd, buffer)) return false;
    out = read_head(std::string_view(buffer).substr(0, end));
    const auto length = out.fields.find("content-length");
    const std::size_t wanted = length == out.fields.end() ? 0 : std::stoul(length->second);
    out.body = buffer.substr(end + 4);
    while (out.body.size() < wanted)
      if (!more(fd, out.body)) return false;
    return true;
  }

  Page page_for(const HeardRequest& request) {
    const std::lock_guard lock(mutex);
    heard.push_back(request);
    const std::pair<const std::string, Page>* best = nullptr;
    for (const auto& each : pages)
      if (request.target.starts_with(each.first) && (!best || each.first.size() > best->first.size())) best = &each;
    return best ? best->second : Page{.status = 404};
  }

  static bool known_to_client(const Page& page, const HeardRequest& request) {
    const auto has = [&](const char* field, const std::string& value) {
      const auto found = request.fields.find(field);
      return !value.empty() && found != request.fields.end() && found->second == value;
    };
    return has("if-none-match", page.etag) || has("if-modified-since", page.last_modified);
  }

  static std::string head_of(const Page& page, int status, std::size_t length) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\nConnection: close\r\n";
    if (!page.etag.empty()) out += "ETag: " + page.etag + "\r\n";
    if (!page.last_modified.empty()) out += "Last-Modified: " + page.last_modified + "\r\n";
    if (!page.location.empty()) out += "Location: " + page.location + "\r\n";
    if (!page.encoding.empty()) out += "Content-Encoding: " + page.encoding + "\r\n";
    return out + (page.chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(length)) +
           "\r\n\r\n";
  }

  void answer_honestly(int fd, const Page& page, const HeardRequest& request) {
    if (known_to_client(page, request)) {
      send_all(fd, "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
      return;
    }
    const std::string body = page.make ? page.make(request) : page.body;
    if (!send_all(fd, head_of(page, page.status, body.size()))) return;
    if (!page.chunked) return void(send_all(fd, body));
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", body.size());
    send_all(fd, size + body + "\r\n0\r\n\r\n");
  }

  void drip(int fd, const Page& page) {
    const std::string reply = head_of(page, 200, 1'000'000) + page.body;
    for (std::size_t i = 0; alive(fd) && pause(50); ++i)
      if (!send_all(fd, i < reply.size() ? std::string_view(reply).substr(i, 1) : "x")) return;
  }

  void flood(int fd, std::string_view head, std::string_view piece) {
    if (!send_all(fd, head)) return;
    while (!stopping && send_all(fd, piece)) {
    }
  }

  void answer(int fd, const HeardRequest& request) {
    const Page page = page_for(request);
    switch (page.manner) {
      case Manner::kHonest:
        return answer_honestly(fd, page, request);
      case Manner::kSilent:
        while (alive(fd) && pause(20)) {
        }
        return;
      case Manner::kDripping:
        return drip(fd, page);
      case Manner::kEndless:
        return flood(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                     "1000\r\n" + std::string(4096, 'x') + "\r\n");
      case Manner::kTruncated:
        return void(send_all(fd, head_of(page, 200, page.body.size() + 100) + page.body));
      case Manner::kHangUp:
        return;
      case Manner::kNotHttp:
        return void(send_all(fd, "220 mail.example.test ESMTP\r\n"));
      case Manner::kHeaderFlood:
        return flood(fd, "HTTP/1.1 200 OK\r\n", "X-Filler: " + std::string(1000, 'x') + "\r\n");
    }
  }

  void serve_client(int fd) {
    const std::size_t now = ++inside;
    for (std::size_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    HeardRequest request;
    if (read_request(fd, request)) answer(fd, request);
    --inside;
    ::shutdown(fd, SHUT_WR);
    std::string rest;  // an unread octet would turn the close into a reset, which takes the answer away
    while (!stopping && more(fd, rest)) rest.clear();
  }
};

Responder::Responder() : state_(std::make_unique<State>()) {}
Responder::~Responder() = default;

int Responder::port() const {
  return state_->port;
}

std::string Responder::url(const std::string& path, const std::string& host) const {
  return "http://" + host + ':' + std::to_string(port()) + path;
}

void Responder::serve(const std::string& path, Page page) {
  const std::lock_guard lock(state_->mutex);
  state_->pages[path] = std::move(page);
}

std::vector<HeardRequest> Responder::heard() const {
  const std::lock_guard lock(state_->mutex);
  return state_->heard;
}

std::size_t Responder::connections() const {
  return state_->connections;
}

std::size_t Responder::most_at_once() const {
  return state_->most;
}

}  // namespace waxseal::test
