// Whose mail is left alone, and whose fields are believed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/lifecycle.h"

struct sockaddr;

namespace waxseal::milter {

class Rules {
 public:
  Rules() = default;
  // Throws std::runtime_error where a client is written wrongly: service::check_values() finds that before.
  explicit Rules(const service::Config::Milter& settings);

  // Otherwise the MTA need not tell who connects.
  bool need_client() const { return !skip_clients_.empty() || !trusted_clients_.empty(); }

  // `address`: nullptr for what is handed in on the machine itself, without a connection.
  bool skips_client(const sockaddr* address) const;
  bool trusts_client(const sockaddr* address) const;
  bool skips_authenticated() const { return skip_authenticated_; }
  // "local@domain"; ASCII case-insensitive.
  bool skips_sender(std::string_view address) const;
  bool skips_recipient(std::string_view address) const;

 private:
  service::ClientList skip_clients_, trusted_clients_;
  std::vector<std::string> skip_senders_, skip_recipients_;  // lower case
  bool skip_authenticated_ = false;
};

}  // namespace waxseal::milter
