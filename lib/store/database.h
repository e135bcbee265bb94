// Connections to PostgreSQL: a bounded pool, discarded when broken; statements with a deadline.  Thread-safe.
// Everything in lib/store throws Unavailable for a broken world and returns values for everything else.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/clock.h"

namespace waxseal::store {

// PostgreSQL cannot be reached, is full, read-only, too slow, or kept refusing a transaction: try again later.
class Unavailable : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The schema of the database does not fit this program (`waxseal db status` tells more).
class SchemaMismatch : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct DatabaseOptions {
  std::string url;  // libpq URI or keyword string
  std::size_t pool_size = 8;
  Seconds connect_timeout{3};
  Seconds statement_timeout{10};  // by the server; a server that does not answer at all is given kDeafness more
  Seconds lock_timeout{5};
  Seconds lease_wait{5};            // how long a caller waits for a free connection before Unavailable
  // Whom PostgreSQL's peer authentication sees at a local socket when root connects; empty: root.  The effective user is the
  // whole process's: for programs that do one thing at a time.
  std::string local_user = {};
  bool prepared_statements = true;  // off behind pgbouncer < 1.21 in transaction mode (R14)
};

// What the pool is doing and has met since the start; for those who watch.
struct PoolUse {
  std::size_t size = 0;  // connections that may be open
  std::size_t open = 0;  // idle ones included
  std::size_t idle = 0;
  std::uint64_t waits = 0;        // callers that found none free
  std::uint64_t connects = 0;     // connections opened
  std::uint64_t run_again = 0;    // transactions that the server asked to repeat
  std::uint64_t lost = 0;         // ... whose connection was lost
  std::uint64_t unavailable = 0;  // ... that it refused, and connections that it refused
};

class Database {
 public:
  explicit Database(DatabaseOptions options);  // connects on first use
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Throws Unavailable or SchemaMismatch.
  void check();

  PoolUse pool_use() const;

  struct Impl;
  Impl& impl() { return *impl_; }  // for lib/store/*.cpp

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace waxseal::store
