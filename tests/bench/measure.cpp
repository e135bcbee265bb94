#include "measure.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <numeric>
#include <thread>

namespace waxseal::bench {

namespace {

constexpr int kRounds = 7;
constexpr double kRoundMicroseconds = 100'000;
constexpr std::chrono::milliseconds kThroughputTime{500};

double thread_microseconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double one_round(const Contender& contender) {
  const double begin = thread_microseconds();
  double spent = 0;
  long calls = 0;
  do {
    contender.call();
    ++calls;
    spent = thread_microseconds() - begin;
  } while (spent < kRoundMicroseconds);
  return spent / static_cast<double>(calls * contender.operations);
}

double seconds_in_run_queue() {
  std::ifstream file("/proc/thread-self/schedstat");  // nanoseconds running, nanoseconds waiting to run
  double running = 0, waiting = 0;
  file >> running >> waiting;
  return waiting / 1e9;
}

}  // namespace

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "benchmark: %s\n", what);
  std::exit(1);
}

std::vector<double> measure(const std::vector<Contender>& contenders) {
  std::vector<double> best(contenders.size(), 1e12);
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < contenders.size(); ++i) best[i] = std::min(best[i], one_round(contenders[i]));
  return best;
}

double throughput(unsigned threads, const std::function<void()>& operation) {
  std::atomic<bool> stop = false;
  std::vector<double> rates(threads);
  std::vector<std::thread> running;
  for (double& rate : rates)
    running.emplace_back([&] {
      const double queued = seconds_in_run_queue();
      const auto begin = std::chrono::steady_clock::now();
      long operations = 0;
      for (; !stop; ++operations) operation();
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
      rate = static_cast<double>(operations) / (spent.count() - (seconds_in_run_queue() - queued));
    });
  std::this_thread::sleep_for(kThroughputTime);
  stop = true;
  for (std::thread& thread : running) thread.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

}  // namespace waxseal::bench
