// An account with many messages, made by SQL as deliveries would have left it, and what a client asks about it, beside
// the SQL that reads the same rows.
#pragma once

#include <string>
#include <vector>

#include "unit/reverify/mailbox.h"

namespace waxseal::bench {

class JmapStore {
 public:
  JmapStore(test::Cluster& cluster, int messages);

  store::Database& database() { return *mailbox_.database; }
  const std::string& url() const { return mailbox_.database.url(); }
  const Clock& clock() const { return mailbox_.clock; }
  AccountId account() const { return mailbox_.account; }
  int messages() const { return messages_; }
  // A bearer of `account`.
  std::string token(AccountId account);

  struct Operation {
    std::string name;
    std::string calls;  // JSON, separated by commas
    std::string sql;    // statements that read the same rows
    bool list = true;   // the goals are those of list operations
  };
  std::vector<Operation> operations();

 private:
  void fill();
  std::string value(const std::string& query) const { return mailbox_.database.value(query); }

  reverify::Mailbox mailbox_;
  const int messages_;
};

// A request for these calls, from its request line to its body.
std::string api_request(const std::string& token, const std::string& calls);

}  // namespace waxseal::bench
