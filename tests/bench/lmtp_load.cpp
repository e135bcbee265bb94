// Load driver for LMTP servers: sends one message over and over, on some connections at once, and prints rate and
// latency as one line of JSON.  Latency: from the first octet of MAIL to the reply behind the final dot.
//
//   lmtp_load ADDRESS CONNECTIONS MESSAGES FILE RECIPIENT...      ADDRESS as in lmtp.listen
//
// Every message gets a Message-ID of its own, as real mail does: no server stores it as a duplicate or threads it with
// the others.  FILE must not have one.  Recipients take turns.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "service/connect.h"

namespace {

using namespace waxseal;
using Steady = std::chrono::steady_clock;

class Connection {
 public:
  explicit Connection(const std::string& address) {
    auto fd = service::connect_to(address, std::chrono::seconds(5));
    if (!fd) throw std::runtime_error(fd.error());
    fd_ = *std::move(fd);
    reply();
    send("LHLO load.example.test\r\n");
    reply();
  }

  void send(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (n > 0)
        octets.remove_prefix(static_cast<std::size_t>(n));
      else
        wait(POLLOUT);
    }
  }

  // The last line of one reply.
  std::string reply() {
    for (;;) {
      const auto end = buffer_.find("\r\n");
      if (end == std::string::npos) {
        fill();
        continue;
      }
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      if (line.size() < 4 || line[3] != '-') return line;
    }
  }

 private:
  void fill() {
    char piece[4096];
    const ssize_t n = ::recv(fd_.get(), piece, sizeof piece, 0);
    if (n == 0) throw std::runtime_error("the server closed the connection");
    if (n > 0)
      buffer_.append(piece, static_cast<std::size_t>(n));
    else
      wait(POLLIN);
  }
  void wait(short events) {
    pollfd waiting{fd_.get(), events, 0};
    if (::poll(&waiting, 1, 60'000) == 0) throw std::runtime_error("no answer for a minute");
  }

  UniqueFd fd_;
  std::string buffer_;
};

struct Job {
  std::string address;
  std::string message;  // dot-stuffed, ends with CRLF
  std::vector<std::string> recipients;
  std::size_t messages = 0;
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> refused = 0;
};

void expect(Connection& connection, std::string_view code, Job& job) {
  const std::string reply = connection.reply();
  if (reply.starts_with(code)) return;
  if (job.refused++ == 0) std::cerr << "refused: " << reply << '\n';
}

void deliver(Job& job, std::vector<double>& latencies) {
  Connection connection(job.address);
  const std::string run = std::to_string(Steady::now().time_since_epoch().count());
  for (std::size_t i = job.next++; i < job.messages; i = job.next++) {
    const auto start = Steady::now();
    connection.send("MAIL FROM:<load@example.test>\r\nRCPT TO:<" + job.recipients[i % job.recipients.size()] +
                    ">\r\nDATA\r\n");
    expect(connection, "250", job);
    expect(connection, "250", job);
    expect(connection, "354", job);
    connection.send("Message-ID: <" + run + "." + std::to_string(i) + "@load.example.test>\r\n" + job.message + ".\r\n");
    expect(connection, "250", job);
    latencies.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
  }
  connection.send("QUIT\r\n");
}

std::string stuffed(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  std::string out;
  char before = '\n';
  for (const char c : text.str()) {
    if (before == '\n' && c == '.') out += '.';
    out += c;
    before = c;
  }
  if (!out.ends_with("\r\n")) throw std::runtime_error(path + " does not end with CRLF");
  return out;
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

int run(const std::vector<std::string>& arguments) {
  Job job;
  job.address = arguments[0];
  job.messages = std::stoul(arguments[2]);
  job.message = stuffed(arguments[3]);
  job.recipients.assign(arguments.begin() + 4, arguments.end());
  std::vector<std::vector<double>> latencies(std::stoul(arguments[1]));
  const auto start = Steady::now();
  std::vector<std::thread> threads;
  for (auto& own : latencies) threads.emplace_back([&] { deliver(job, own); });
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  std::vector<double> all;
  for (const auto& own : latencies) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  std::printf(
      "{\"messages\": %zu, \"refused\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.2f, \"p95_ms\": "
      "%.2f, "
      "\"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
      all.size(), job.refused.load(), seconds, static_cast<double>(all.size()) / seconds, percentile(all, 0.5),
      percentile(all, 0.95), percentile(all, 0.99), all.back());
  return job.refused == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: lmtp_load ADDRESS CONNECTIONS MESSAGES FILE RECIPIENT...\n";
    return 2;
  }
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "lmtp_load: " << error.what() << '\n';
    return 1;
  }
}
