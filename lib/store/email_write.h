// Changing and destroying stored messages (RFC 8621 section 4.6): keywords, mailboxes, and the end.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "store/database.h"
#include "store/write_result.h"

namespace waxseal::store {

inline constexpr std::size_t kMaxKeywordsPerEmail = 128;
inline constexpr std::size_t kMaxMailboxesPerEmail = 256;

// A set as a patch changes it: first replaced as a whole, if it is, then each member set or removed.
template <class Member>
struct SetPatch {
  std::optional<std::set<Member>> replace;
  std::map<Member, bool> members;  // true: in, false: out

  bool empty() const { return !replace && members.empty(); }
  std::set<Member> applied_to(std::set<Member> current) const {
    if (replace) current = *replace;
    for (const auto& [member, in] : members) in ? void(current.insert(member)) : void(current.erase(member));
    return current;
  }
};

struct EmailPatch {
  EmailId email;
  SetPatch<std::string> keywords;  // lower case
  SetPatch<MailboxId> mailboxes;
};

enum class EmailWriteFailure {
  kNone,
  kNotFound,
  kNoMailbox,       // it would be in none
  kUnknownMailbox,  // it would be in one that does not exist
  kTooManyKeywords,
  kTooManyMailboxes,
};

// One transaction under the account's lock; everything that cannot be done is left out.  Precondition: no email is
// named twice, and together they are at most a few hundred.
struct EmailWrite {
  std::vector<EmailPatch> update;
  std::vector<EmailId> destroy;
  IfInState if_in_state;
};
struct EmailWritten {
  StateMove state;
  std::vector<EmailWriteFailure> updated;    // as many as asked for, in order
  std::vector<EmailWriteFailure> destroyed;  // kNone or kNotFound
};
EmailWritten write_emails(Database&, AccountId, const EmailWrite&);

}  // namespace waxseal::store
