// What a JMAP request costs beside the rows that it reads: requests over keep-alive connections to the real server, and
// the same rows read with pgbench in the same run.  Processor time counts that of the server and of PostgreSQL; for the
// floor, that of pgbench and of PostgreSQL.
//
//   jmap_bench [SECONDS [NAME]]     2 seconds a figure by default; only operations whose name has NAME in it
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "http_load.h"
#include "jmap_store.h"
#include "jmapd/http/server.h"
#include "jmapd/router.h"
#include "jmapd/session.h"
#include "processor_time.h"
#include "service/listen.h"
#include "service/log.h"

namespace waxseal::bench {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr int kSmall = 10'000, kLarge = 100'000;  // messages
constexpr int kIdle = 1000, kSources = 500;

// waxseal-jmapd in this process, as its main program makes it, with four workers.
class Daemon {
 public:
  explicit Daemon(JmapStore& store)
      : database_({.url = store.url(), .pool_size = 8}),
        router_({database_, store.clock(), limits(), jmapd::method_table(),
                 jmapd::served_capabilities(jmapd::method_table())},
                {{},
                 [this, &store](std::string_view token) {
                   return store::authenticate_bearer(database_, token, store.clock().now());
                 }},
                "https://mail.example.net"),
        server_(
            options(), store.clock(), [this](const auto& request) { return router_.handle(request); },
            jmapd::refusal_page) {
    auto listener = service::listen_on("inet:127.0.0.1:0");
    port_ = service::local_port(listener->get());
    server_.listen(std::move(*listener));
    server_.start();
  }
  ~Daemon() { server_.stop(); }
  int port() const { return port_; }

 private:
  static jmapd::Limits limits() {
    jmapd::Limits out;
    out.max_concurrent_requests = 64;
    return out;
  }
  static jmapd::http::ServerOptions options() {
    jmapd::http::ServerOptions out;
    out.workers = 4;
    out.max_connections = 4096;
    return out;
  }

  store::Database database_;
  jmapd::Router router_;
  jmapd::http::Server server_;
  int port_ = 0;
};

struct Cost {
  double per_second = 0, microseconds = 0;
};

// pgbench with this script.
Cost floor_of(const JmapStore& store, const std::string& sql, int clients, Milliseconds time, pid_t postmaster) {
  const auto file = std::filesystem::temp_directory_path() / ("waxseal-bench-" + std::to_string(::getpid()) + ".sql");
  std::ofstream(file) << sql;
  const std::string command = "pgbench -n -M prepared -f " + file.string() + " -c " + std::to_string(clients) + " -j " +
                              std::to_string(std::min(clients, 2)) + " -T " + std::to_string(time.count() / 1000) +
                              " '" + store.url() + "' 2>/dev/null";
  const double before = postgres_seconds(postmaster) + finished_children_seconds();
  Cost out;
  double transactions = 0;
  if (FILE* const text = ::popen(command.c_str(), "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, text)) {
      (void)std::sscanf(line, "tps = %lf", &out.per_second);
      (void)std::sscanf(line, "number of transactions actually processed: %lf", &transactions);
    }
    ::pclose(text);
  }
  std::this_thread::sleep_for(Milliseconds(200));  // its backends end, and the postmaster has counted them
  std::filesystem::remove(file);
  if (transactions == 0) throw std::runtime_error("pgbench failed: " + command);
  out.microseconds = (postgres_seconds(postmaster) + finished_children_seconds() - before) / transactions * 1e6;
  return out;
}

struct Measured {
  Load load;
  double server = 0, postgres = 0;  // microseconds of processor time a request
  Cost floor;
  double ratio() const { return (server + postgres) / floor.microseconds; }
};

Measured measure_one(JmapStore& store, int port, const std::string& request, const std::string& sql, int clients,
                     Milliseconds time, pid_t postmaster) {
  (void)load(port, request, clients, Milliseconds(200));  // connections, plans
  Measured out;
  const double own = own_seconds(), postgres = postgres_seconds(postmaster);
  out.load = load(port, request, clients, time);
  const auto requests = static_cast<double>(out.load.requests);
  out.server = (own_seconds() - own - out.load.client_processor) / requests * 1e6;
  out.postgres = (postgres_seconds(postmaster) - postgres) / requests * 1e6;
  out.floor = floor_of(store, sql, clients, time, postmaster);
  return out;
}

void print_head() {
  std::printf("%-30s %7s %7s %10s %8s %8s | %6s %6s %6s %6s %8s\n", "", "emails", "clients", "requests/s", "p50 ms",
              "p99 ms", "jmapd", "+ SQL", "floor", "ratio", "floor/s");
}

void print(const std::string& name, int messages, int clients, const Measured& one) {
  std::printf("%-30s %7d %7d %10.0f %8.2f %8.2f | %6.0f %6.0f %6.0f %6.2f %8.0f", name.c_str(), messages, clients,
              static_cast<double>(one.load.requests) / one.load.seconds, one.load.p50, one.load.p99, one.server,
              one.postgres, one.floor.microseconds, one.ratio(), one.floor.per_second);
}

// 1,000 idle keep-alive connections and 500 event sources beside one client.
void crowd(JmapStore& store, int port, const std::string& request, Milliseconds time) {
  const Load alone = load(port, request, 1, time);
  std::vector<std::string> tokens;
  for (int i = 0; i < 6; ++i) {
    const auto account = store::create_account(store.database(), "c" + std::to_string(i), {}, store.clock().now());
    tokens.push_back(store.token(*account));
  }
  std::vector<std::unique_ptr<HttpClient>> others;
  for (int i = 0; i < kIdle; ++i) {
    others.push_back(std::make_unique<HttpClient>(port));
    others.back()->send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    (void)others.back()->answer();
  }
  for (int i = 0; i < kSources; ++i) {
    others.push_back(std::make_unique<HttpClient>(port));
    others.back()->send(
        "GET /jmap/eventsource?types=*&closeafter=no&ping=30 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
        tokens[static_cast<std::size_t>(i) % tokens.size()] + "\r\n\r\n");
    (void)others.back()->answer();
  }
  const Load crowded = load(port, request, 1, time);
  std::printf(
      "\n1 client alone: p50 %.2f ms; beside %d idle connections and %d event sources: %.2f ms (%.2f times; goal "
      "1.5)\n",
      alone.p50, kIdle, kSources, crowded.p50, crowded.p50 / alone.p50);
}

void run(Milliseconds time, const std::string& wanted) {
  rlimit files{8192, 8192};
  ::setrlimit(RLIMIT_NOFILE, &files);
  service::configure_log("jmap_bench", service::Level::kError, false);
  test::Cluster cluster(test::Cluster::Disk::kDurable);
  JmapStore small(cluster, kSmall), large(cluster, kLarge);
  Daemon of_small(small), of_large(large);
  const std::string small_token = small.token(small.account()), large_token = large.token(large.account());
  const auto operations = small.operations(), operations_of_large = large.operations();

  std::printf("%u processors, 4 workers; microseconds of processor time a request: goal 2.5 times the floor\n",
              std::thread::hardware_concurrency());
  print_head();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const JmapStore::Operation& one = operations[i];
    if (one.name.find(wanted) == one.name.npos) continue;
    double p50_alone = 0, cost_of_small = 0;
    for (const int clients : {1, 32, 8}) {
      const Measured figure = measure_one(small, of_small.port(), api_request(small_token, one.calls), one.sql, clients,
                                          time, cluster.postmaster());
      if (clients == 1) p50_alone = figure.load.p50;
      if (clients == 8) cost_of_small = figure.server + figure.postgres;
      print(one.name, kSmall, clients, figure);
      if (clients == 32) std::printf("  p99 is %.1f times p50 of 1 client (goal 20)", figure.load.p99 / p50_alone);
      std::printf("\n");
      std::fflush(stdout);
    }
    const Measured figure = measure_one(large, of_large.port(), api_request(large_token, operations_of_large[i].calls),
                                        operations_of_large[i].sql, 8, time, cluster.postmaster());
    print(one.name, kLarge, 8, figure);
    std::printf("  %.2f times that of %d (goal 1.2)\n", (figure.server + figure.postgres) / cost_of_small, kSmall);
    std::fflush(stdout);
  }
  crowd(small, of_small.port(), api_request(small_token, operations[0].calls), time);
}

}  // namespace
}  // namespace waxseal::bench

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 2;
  if (seconds < 1 || argc > 3) {
    std::cerr << "usage: jmap_bench [SECONDS [NAME]]\n";
    return 2;
  }
  try {
    waxseal::bench::run(std::chrono::seconds(seconds), argc > 2 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::cerr << "jmap_bench: " << error.what() << '\n';
    return 1;
  }
}
