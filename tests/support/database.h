// A private PostgreSQL for tests: one cluster per test process, started at first use, gone when the process is; under
// ctest one for the whole run (cluster/main.cpp).
//
//   TestDatabase db;                       // its own database with the current schema; about 50 ms
//   store::Database& database = *db;       // ready to use
//   run_program("--database", db.url());
//
// The cluster is copied from a template that is made once per user and schema, under /tmp.  It listens on a Unix socket
// and on a free loopback port, and trusts everybody who reaches them.  fsync is off: tests kill processes, not
// machines.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "store/database.h"

namespace waxseal::test {

class Cluster {
 public:
  // The run's, if WAXSEAL_TEST_CLUSTER names the file of one that answers, else the process's.  Never to be stopped.
  static Cluster& instance();
  // Another one, to be stopped, filled or broken.  Throws std::runtime_error if PostgreSQL cannot be started.
  // kDurable: syncs, and has memory, as one that is installed for real (benchmarks).
  enum class Disk { kCareless, kDurable };
  explicit Cluster(Disk disk = Disk::kCareless);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Unix socket; `tcp_url`: 127.0.0.1.
  std::string url(const std::string& database) const;
  // What another process finds it by: one line for the file of WAXSEAL_TEST_CLUSTER.
  std::string advertisement() const;
  std::string tcp_url(const std::string& database) const;
  pid_t postmaster() const { return postmaster_; }
  void stop();   // immediate: as after a crash
  void start();  // again, with the same data, port and socket

 private:
  Cluster(std::string directory, int port);  // somebody else's
  static std::unique_ptr<Cluster> advertised();

  const Disk disk_ = Disk::kCareless;
  std::string directory_;
  int port_ = 0;
  pid_t postmaster_ = -1;
  pid_t janitor_ = -1;
  int janitor_pipe_ = -1;
};

class TestDatabase {
 public:
  enum class Schema { kMigrated, kEmpty };
  explicit TestDatabase(Schema schema = Schema::kMigrated, Cluster& cluster = Cluster::instance());
  ~TestDatabase();  // drops it

  const std::string& url() const { return url_; }
  store::Database& operator*() { return *database_; }
  store::Database* operator->() { return database_.get(); }
  // The same database through a pool of its own.
  std::unique_ptr<store::Database> connect(std::size_t pool_size = 8) const;

  // Any statements; the rows of the last one as text, NULL as "".  Throws std::runtime_error.
  std::vector<std::vector<std::string>> sql(const std::string& statements) const;
  // First column of the first row; "" if there is none.
  std::string value(const std::string& query) const;

 private:
  Cluster& cluster_;
  std::string name_;
  std::string url_;
  std::unique_ptr<store::Database> database_;
};

}  // namespace waxseal::test
