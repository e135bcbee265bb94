// Whom an account may send as, and addresses of an envelope.
#pragma once

#include "jmapd/method.h"
#include "submit/submit.h"

namespace waxseal::jmapd {

// One of the account's own addresses, tags and catch-alls included; "*@example.net" needs the catch-all.
bool may_send_as(const Call& call, AccountId account, const std::string& email);

// Envelope (RFC 8621 section 7).
struct Envelope {
  submit::Address from;
  std::vector<submit::Address> to;
};
Json render(const Envelope& envelope);
Envelope envelope_of(const std::string& stored);  // what render() gave

}  // namespace waxseal::jmapd
