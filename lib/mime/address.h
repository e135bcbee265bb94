// Addresses.  Two readings with different duties: read_from() decides identity and refuses every doubt (IDN-01..09);
// read_address_list() shows what JMAP asks for and never fails (RFC 8621 section 4.1.2.3).  For a From that read_from()
// accepts, both give the same mailboxes (PAR-2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mime/header.h"

namespace waxseal::mime {

struct Mailbox {
  std::string local;    // quoted-string unquoted (IDN-24)
  std::string domain;   // as written: UTF-8, A-labels or address literal with brackets
  std::string display;  // decoded display name, may be empty; never part of identity (IDN-06)
  std::string
      comment;  // decoded text of the last comment, may be empty; what JMAP shows where there is no display name

  std::string address() const;  // local@domain, local part quoted again where RFC 5322 requires it
};

enum class FromFault {
  kNone,
  kMissing,         // IDN-01, IDN-09
  kMultipleFields,  // IDN-01
  kUnparsable,      // IDN-02
  kGroup,           // IDN-03
};

struct From {
  std::vector<Mailbox> mailboxes;  // empty when there is a fault
  FromFault fault = FromFault::kMissing;
};

From read_from(const Header& header);
From parse_from_value(Octets raw_value);  // the grammar alone

struct AddressGroup {
  std::optional<std::string> name;  // nullopt: mailboxes outside any group
  struct Entry {
    std::optional<std::string> name;  // decoded
    std::string email;
  };
  std::vector<Entry> addresses;
};

std::vector<AddressGroup> read_address_list(Octets raw_value);

}  // namespace waxseal::mime
