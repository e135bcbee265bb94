#include "http_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "processor_time.h"

namespace waxseal::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kLength = "\r\nContent-Length: ";

struct OneClient {
  std::vector<double> latencies;  // milliseconds
  double processor = 0;
};

void check(const std::string& answer) {
  if (answer.starts_with("HTTP/1.1 200") && answer.find("[\"error\"") == answer.npos) return;
  std::cerr << answer.substr(0, 2000) << '\n';
  std::exit(1);
}

void ask(OneClient& own, int port, const std::string& request, Clock::time_point end) {
  HttpClient client(port);
  while (Clock::now() < end) {
    const auto sent = Clock::now();
    client.send(request);
    const std::string answer = client.answer();
    own.latencies.push_back(std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
    check(answer);
  }
  own.processor = thread_seconds();
}

}  // namespace

HttpClient::HttpClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("connect");
}

void HttpClient::send(std::string_view octets) {
  if (::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("send");
}

std::string HttpClient::answer() {
  std::size_t whole = 0;  // once the head has come
  while (true) {
    const std::size_t head = whole == 0 ? buffer_.find("\r\n\r\n") : buffer_.npos;
    if (head != buffer_.npos) {
      const std::size_t at = buffer_.find(kLength);
      whole = head + 4 + (at < head ? std::stoul(buffer_.substr(at + kLength.size(), 20)) : 0);
    }
    if (whole != 0 && buffer_.size() >= whole) {
      std::string out = buffer_.substr(0, whole);
      buffer_.erase(0, whole);
      return out;
    }
    char octets[65536];
    const ssize_t count = ::recv(fd_.get(), octets, sizeof octets, 0);
    if (count <= 0) throw std::runtime_error("the server closed");
    buffer_.append(octets, static_cast<std::size_t>(count));
  }
}

Load load(int port, const std::string& request, int clients, std::chrono::milliseconds time) {
  std::vector<OneClient> own(static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  const auto begun = Clock::now();
  for (OneClient& each : own) threads.emplace_back([&] { ask(each, port, request, begun + time); });
  for (std::thread& thread : threads) thread.join();
  Load out;
  out.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::vector<double> all;
  for (const OneClient& each : own) {
    all.insert(all.end(), each.latencies.begin(), each.latencies.end());
    out.client_processor += each.processor;
  }
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  out.requests = static_cast<long>(all.size());
  out.p50 = at(0.5);
  out.p99 = at(0.99);
  return out;
}

}  // namespace waxseal::bench
