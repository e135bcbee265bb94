// One connection to the relay: libcurl makes it (TCP, TLS or STARTTLS, EHLO, AUTH); the dialogue is ours, so that every
// reply and every parameter is too.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/octets.h"
#include "submit/reply.h"

namespace waxseal::submit {

enum class Tls {
  kRequired,  // STARTTLS, or no connection
  kImplicit,  // from the first octet on
  kOff,
};

struct RelayOptions {
  std::string host;
  unsigned port = 587;
  Tls tls = Tls::kRequired;
  std::string ca_file;  // PEM; empty: what the system trusts
  std::string user, password;
  std::string hostname;                  // for EHLO
  std::chrono::seconds timeout{300};     // for everything
  std::function<bool()> stop = nullptr;  // asked a few times a second: the program is about to end
};

// The connection is of no more use.  what() is for the log and for users; no secret is in it.
class RelayFailure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class RelayConnection {
 public:
  // Throws RelayFailure.
  explicit RelayConnection(const RelayOptions& options);
  ~RelayConnection();

  // What EHLO offers: keyword in upper case -> its parameters.
  const std::map<std::string, std::string>& extensions() const;
  bool offers(const std::string& keyword) const { return extensions().contains(keyword); }

  // Each throws RelayFailure.
  Reply ask(const std::string& command);
  void write(Octets octets);
  Reply read();
  // From now on the program waits a little for answers even if it is about to end.
  void insist();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waxseal::submit
