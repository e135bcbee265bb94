// What an administrator should know about the PostgreSQL server itself (`waxseal doctor`).
#pragma once

#include <string>

#include "store/database.h"

namespace waxseal::store {

struct ServerFacts {
  std::string version;     // "15.6"
  int version_number = 0;  // 150006
  bool read_only = false;  // a standby, or default_transaction_read_only
  bool fsync = true, full_page_writes = true;
  std::string encoding;  // of the database: must be UTF8
  Time now;              // the server's clock
  std::int64_t connections = 0, max_connections = 0;
};

// Throws Unavailable.
ServerFacts server_facts(Database&);

}  // namespace waxseal::store
