#include "service/monitor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::service {

namespace {

using Steady = std::chrono::steady_clock;

std::string response(int status, std::string_view phrase, std::string_view type, std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(phrase) + "\r\nContent-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" +
         std::string(body);
}

std::string text(int status, std::string_view phrase, std::string_view body) {
  return response(status, phrase, "text/plain; charset=utf-8", body);
}

struct RequestLine {
  std::string_view method, path;
};

// RFC 9112 section 3; nothing else of the head matters here.
RequestLine request_line(std::string_view head) {
  std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t space = line.find(' ');
  const std::size_t end = line.rfind(" HTTP/1.");
  if (space == std::string_view::npos || end == std::string_view::npos || end <= space) return {};
  const std::string_view target = line.substr(space + 1, end - space - 1);
  return {line.substr(0, space), target.substr(0, target.find('?'))};
}

}  // namespace

struct Monitor::Client {
  UniqueFd fd;
  Steady::time_point deadline;
  std::string in;
  std::string out;
  bool finished = false;

  bool writing() const { return !out.empty(); }

  void read(const std::function<std::string(std::string_view)>& answer) {
    char buffer[2048];
    const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      finished = true;
      return;
    }
    in.append(buffer, static_cast<std::size_t>(n));
    if (in.find("\r\n\r\n") != std::string::npos)
      out = answer(in);
    else if (in.size() > kMaxRequestOctets)
      out = text(431, "Request Header Fields Too Large", "request too large\n");
  }

  void write() {
    const ssize_t n = ::send(fd.get(), out.data(), out.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) out.erase(0, static_cast<std::size_t>(n));
    finished = n <= 0 || out.empty();
  }
};

Monitor::Monitor(UniqueFd listener, MonitorOptions options)
    : listener_(std::move(listener)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), options_(std::move(options)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
  metrics().set(Metric::kReady, {}, 0);
  prober_ = std::thread([this] { ask_probe(); });
  server_ = std::thread([this] { serve(); });
}

Monitor::~Monitor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  ::eventfd_write(wake_.get(), 1);
  server_.join();
  prober_.join();
}

void Monitor::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  not_ready_ = "stopping";
  metrics().set(Metric::kReady, {}, 0);
}

void Monitor::set_not_ready(std::string why) {
  const std::lock_guard lock(mutex_);
  if (draining_) return;
  if (why != not_ready_ && !why.empty()) log_warn("not_ready", {{"error", why}});
  not_ready_ = std::move(why);
  metrics().set(Metric::kReady, {}, not_ready_.empty() ? 1 : 0);
}

std::string Monitor::not_ready() {
  const std::lock_guard lock(mutex_);
  return not_ready_;
}

void Monitor::ask_probe() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::string why;
    try {
      if (options_.probe) options_.probe();
    } catch (const std::exception& error) {
      why = error.what();
    }
    set_not_ready(std::move(why));
    lock.lock();
    stopped_.wait_for(lock, kProbeInterval, [this] { return stopping_; });
  }
}

std::string Monitor::answer(std::string_view head) {
  const auto [method, path] = request_line(head);
  if (method.empty()) return text(400, "Bad Request", "not HTTP/1.1\n");
  if (method != "GET") return text(405, "Method Not Allowed", "only GET\n");
  if (path == "/healthz") return text(200, "OK", "ok\n");
  if (path == "/readyz") {
    const std::string why = not_ready();
    return why.empty() ? text(200, "OK", "ready\n") : text(503, "Service Unavailable", "not ready: " + why + '\n');
  }
  if (path != "/metrics") return text(404, "Not Found", "there are /metrics, /healthz and /readyz\n");
  if (options_.refresh) options_.refresh();
  return response(200, "OK", "text/plain; version=0.0.4; charset=utf-8", metrics().exposition());
}

void Monitor::take_clients(std::vector<Client>& clients) {
  while (clients.size() < kMaxClients) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    clients.push_back({std::move(fd), Steady::now() + kPatience, {}, {}, false});
  }
}

void Monitor::serve() {
  std::vector<Client> clients;
  std::vector<pollfd> waiting;
  for (;;) {
    waiting = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    if (clients.size() >= kMaxClients) waiting[1].fd = -1;  // the others wait in the backlog
    for (const Client& client : clients)
      waiting.push_back({client.fd.get(), static_cast<short>(client.writing() ? POLLOUT : POLLIN), 0});
    ::poll(waiting.data(), waiting.size(), clients.empty() ? -1 : 250);
    if (waiting[0].revents != 0) return;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (waiting[i + 2].revents == 0) continue;
      if (!clients[i].writing())
        clients[i].read([this](std::string_view head) { return answer(head); });
      else
        clients[i].write();
    }
    const auto now = Steady::now();
    std::erase_if(clients, [&](const Client& client) { return client.finished || client.deadline < now; });
    if (waiting[1].revents != 0) take_clients(clients);
  }
}

}  // namespace waxseal::service
