#include "load.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "service/connect.h"

namespace waxseal::load {

namespace {

using Steady = std::chrono::steady_clock;

struct Run {
  const std::size_t messages;
  const std::string name = std::to_string(Steady::now().time_since_epoch().count());
  std::atomic<std::size_t> next = 0, refused = 0;
};

// What one connection did.
struct Share {
  std::vector<double> latencies;  // milliseconds
  std::exception_ptr failure;
};

void work(Run& run, Share& share, const std::function<std::unique_ptr<Client>()>& connect) try {
  const auto client = connect();
  for (std::size_t i = run.next++; i < run.messages; i = run.next++) {
    const auto start = Steady::now();
    if (!client->hand_over(i, run.name + '.' + std::to_string(i))) ++run.refused;
    share.latencies.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
  }
} catch (...) {
  share.failure = std::current_exception();
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

}  // namespace

Wire::Wire(const std::string& address) {
  auto fd = service::connect_to(address, std::chrono::seconds(5));
  if (!fd) throw std::runtime_error(fd.error());
  fd_ = *std::move(fd);
}

void Wire::send(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (n > 0)
      octets.remove_prefix(static_cast<std::size_t>(n));
    else
      wait(POLLOUT);
  }
}

void Wire::receive(std::string& into) {
  for (;;) {
    char piece[4096];
    const ssize_t n = ::recv(fd_.get(), piece, sizeof piece, 0);
    if (n == 0) throw std::runtime_error("the connection was closed");
    if (n > 0) {
      into.append(piece, static_cast<std::size_t>(n));
      return;
    }
    wait(POLLIN);
  }
}

void Wire::wait(short events) {
  pollfd waiting{fd_.get(), events, 0};
  if (::poll(&waiting, 1, 60'000) == 0) throw std::runtime_error("no answer for a minute");
}

int drive(std::size_t connections, std::size_t messages, const std::function<std::unique_ptr<Client>()>& connect) {
  Run run{messages};
  std::vector<Share> shares(connections);
  const auto start = Steady::now();
  std::vector<std::thread> threads;
  for (Share& share : shares) threads.emplace_back([&] { work(run, share, connect); });
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  std::vector<double> all;
  for (const Share& share : shares) {
    if (share.failure) std::rethrow_exception(share.failure);
    all.insert(all.end(), share.latencies.begin(), share.latencies.end());
  }
  std::sort(all.begin(), all.end());
  std::printf(
      "{\"messages\": %zu, \"refused\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.2f, "
      "\"p95_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
      all.size(), run.refused.load(), seconds, static_cast<double>(all.size()) / seconds, percentile(all, 0.5),
      percentile(all, 0.95), percentile(all, 0.99), all.back());
  return run.refused == 0 ? 0 : 1;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error(path + " cannot be read");
  return text.str();
}

int main_of(int argc, char** argv, std::size_t least, const char* usage,
            const std::function<int(const std::vector<std::string>&)>& run) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < least) {
    std::cerr << "usage: " << usage << '\n';
    return 2;
  }
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace waxseal::load
