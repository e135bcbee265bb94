// One HTTP request to one server: no redirects, no decompression, no connection but to the vetted addresses (NET-05,
// NET-07, NET-08).  The only file that knows libcurl is exchange.cpp.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "fetch/address.h"
#include "fetch/failure.h"
#include "fetch/resolver.h"
#include "fetch/url.h"

namespace waxseal::fetch {

// HTTP validators of what we have already (RFC 9110 section 8.8); empty: none.
struct Validators {
  std::string etag;
  std::string last_modified;
  bool any() const { return !etag.empty() || !last_modified.empty(); }
  friend bool operator==(const Validators&, const Validators&) = default;
};

struct Exchange {
  Url url;
  std::vector<IpAddress> addresses;  // of the host or, with a proxy, of the proxy; nothing else is connected to
  std::optional<Url> proxy;
  std::string body;  // not empty: POST
  std::string content_type;
  Validators validators;
  std::vector<std::string> fields = {};  // "Name: value", beside our own
  std::size_t most_octets = 0;
  Deadline deadline;
  Seconds connect_timeout{5};
  std::function<bool()> stop;  // asked about once a second
};

struct Reply {
  int status = 0;
  std::string body;  // only of status 200
  Validators validators;
  std::string location;
};

// `connections` counts the sockets that were opened.
Result<Reply, Failure> exchange(const Exchange& request, std::atomic<std::uint64_t>& connections);

}  // namespace waxseal::fetch
