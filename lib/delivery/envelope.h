// Envelope addresses: the grammar of RFC 5321 section 4.1.2 with the UTF-8 of RFC 6531 section 3.3, by hand (rule R3).
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace waxseal::delivery {

// RFC 5321 section 4.5.3.1 asks for at least 64 octets of local part and 255 of domain.  VERP and SRS senders have
// longer local parts in daily mail, so only the whole is limited.
inline constexpr std::size_t kMaxAddressOctets = 320;
inline constexpr std::size_t kMaxDomainOctets = 255;
inline constexpr std::size_t kMaxLabelOctets = 63;

struct Address {
  std::string local;   // unquoted
  std::string domain;  // as written; an address literal keeps its brackets; empty for <> and <Postmaster>

  bool null() const { return local.empty(); }
  bool ascii() const;
  // "local@domain", the local part quoted where RFC 5321 requires it; "" for the null sender.
  std::string text() const;
  friend bool operator==(const Address&, const Address&) = default;
};

enum class PathKind { kReverse, kForward };

struct Path {
  Address address;
  std::string_view rest;  // of the text, after ">"
};

// "<local@domain>", with a source route skipped; kReverse also "<>", kForward also "<Postmaster>".
Result<Path> parse_path(std::string_view text, PathKind kind);
// RFC 5321 Domain or address literal, as LHLO has it.
bool valid_domain(std::string_view domain);

struct Recipient {
  std::string address;  // Address::text()
  AccountId account;
};

}  // namespace waxseal::delivery
