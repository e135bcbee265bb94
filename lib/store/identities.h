// Identities (RFC 8621 section 6).  Each address of the account has one that comes and goes with it; clients make
// others.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/snapshot.h"
#include "store/write_result.h"

namespace waxseal {
using IdentityId = Id<struct IdentityTag>;  // within one account
}

namespace waxseal::store {

inline constexpr std::size_t kMaxIdentities = 500;  // of one account, beside those of its addresses

struct Identity {
  IdentityId id;
  std::string name;
  std::string email;                         // or "*@example.net"
  std::optional<std::string> reply_to, bcc;  // EmailAddress[] as JSON
  std::string text_signature, html_signature;
  bool of_address = false;  // it cannot be destroyed
};

// Makes what an address lacks, removes what has no address any more.  Writes only if there is something to do.
void sync_identities(Database&, AccountId);

std::vector<Identity> get_identities(Snapshot&);  // by id

// One transaction.  Precondition: no identity is named twice.
struct IdentityWrite {
  std::vector<Identity> create;  // ids are given
  std::vector<Identity> update;  // whole: what may change of it is written
  std::vector<IdentityId> destroy;
  IfInState if_in_state;
};
enum class IdentityWriteFailure { kNone, kNotFound, kTooMany, kOfAddress };
struct IdentityWritten {
  StateMove state;
  std::vector<IdentityId> created;  // value 0: kTooMany
  std::vector<IdentityWriteFailure> updated, destroyed;
};
IdentityWritten write_identities(Database&, AccountId, const IdentityWrite&);

}  // namespace waxseal::store
