// One PostgreSQL for a whole run of ctest, so that a thousand test processes need not start one each.
//
//   waxseal_test_cluster start FILE    starts it in the background and writes where it is to FILE
//   waxseal_test_cluster stop FILE     stops it
//
// It also goes when the process that started it does (ctest), or after an hour.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "support/database.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kStep = 100ms;
constexpr auto kLongest = 1h;

bool wait_for(bool (*done)(const fs::path&), const fs::path& file) {
  for (auto waited = 0ms; waited < 50s; waited += kStep) {
    if (done(file)) return true;
    std::this_thread::sleep_for(kStep);
  }
  return false;
}

// ctest waits for the end of our output: give it up.
void detach() {
  setsid();
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {0, 1, 2}) dup2(null, fd);
}

[[noreturn]] void serve(const fs::path& file, pid_t run) {
  detach();
  try {
    const waxseal::test::Cluster cluster;
    const fs::path draft = file.string() + ".draft";
    std::ofstream(draft) << cluster.advertisement() << '\n';
    fs::rename(draft, file);
    for (auto served = 0ms; served < kLongest && fs::exists(file) && kill(run, 0) == 0; served += kStep)
      std::this_thread::sleep_for(kStep);
  } catch (const std::exception& error) {
    std::ofstream(file.string() + ".error") << error.what() << '\n';
    _exit(1);
  }
  fs::remove(file);
  fs::remove(file.string() + ".running");
  _exit(0);
}

int start(const fs::path& file) {
  fs::remove(file);  // of a run that was killed: its server sees this and goes
  std::ofstream(file.string() + ".running") << '\n';
  const pid_t run = getppid();
  if (fork() == 0) serve(file, run);
  if (wait_for([](const fs::path& path) { return fs::exists(path); }, file)) return 0;
  std::cerr << "no PostgreSQL: see " << file << ".error\n";
  return 1;
}

// Its server takes the missing file as the order to stop, and the other one away when it has.
int stop(const fs::path& file) {
  fs::remove(file);
  return wait_for([](const fs::path& path) { return !fs::exists(path.string() + ".running"); }, file) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb == "start") return start(argv[2]);
  if (verb == "stop") return stop(argv[2]);
  std::cerr << "usage: waxseal_test_cluster start|stop FILE\n";
  return 2;
}
