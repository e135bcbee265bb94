// Fetches what certificates name: CRLs, OCSP responses, issuer certificates (verification.md section 7).  Whoever wrote
// the certificate is not trusted with anything: not with where we connect to, not with how long it takes or how large
// it is.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fetch/exchange.h"
#include "fetch/options.h"

namespace waxseal::fetch {

enum class Kind { kCrl, kOcsp, kAia };  // decides limits (NET-07, NET-08)

struct Request {
  Kind kind = Kind::kCrl;
  std::string url;
  std::string body;  // not empty: POST; see ocsp_request()
  std::string content_type;
  Validators validators;
  int failures_before = 0;  // in a row, as far as the caller remembers: the back-off goes on from there
};

struct Fetched {
  bool not_modified = false;  // 304: what the caller has is current
  std::string octets;
  Validators validators;
};

// RFC 6960 appendix A: GET if the encoded request has at most 255 characters, else POST (NET-09).
Request ocsp_request(std::string_view responder_url, Octets der);

// Thread-safe.  One request at a time for one URL and body: who asks for the same meanwhile gets the same answer
// (NET-13).
class Fetcher {
 public:
  Fetcher(Options options, Resolver& resolver, const Clock& clock, std::function<bool()> stop = {});
  ~Fetcher();

  Result<Fetched, Failure> fetch(const Request& request);

  const Options& options() const;
  std::uint64_t connections() const;  // sockets opened so far: a refusal before the network does not change it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::fetch
