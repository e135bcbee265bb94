// Trace fields of final delivery (RFC 5321 section 4.4), as text that ends with CRLF.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace waxseal::delivery {

struct Trace {
  std::string sender;     // Address::text(); empty for the null sender
  std::string from;       // what the peer called itself, a valid domain; empty: left out
  std::string by;         // our host name
  std::string program;    // comment after it; empty: left out
  std::string protocol;   // "LMTP", "UTF8LMTP" (RFC 6531 section 4.3); empty: left out
  std::string id;         // of the transaction, or the MTA's queue id
  std::string recipient;  // Address::text(), only when there is exactly one (section 7.2); empty: left out
  Time date;
};

// "Return-Path: <...>" and "Received: ...".  Whatever is not printable in a member is left out, so that none can end a
// line; every line is shorter than 998 octets as long as addresses meet kMaxAddressOctets.
std::string trace_fields(const Trace& trace);

// RFC 5322 section 3.3, in UTC.
std::string format_mail_date(Time time);

}  // namespace waxseal::delivery
