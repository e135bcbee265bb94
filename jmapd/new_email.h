// An email that a client brings (Email/set create, Email/import): where it goes, and the way into the store.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "jmapd/method.h"
#include "jmapd/set_request.h"
#include "store/write_result.h"

namespace waxseal::jmapd {

struct EmailPlace {
  std::set<MailboxId> mailboxes;
  std::set<std::string> keywords;  // lower case
  std::optional<Time> received_at;
};
// Members mailboxIds, keywords and receivedAt of `object`; names of those that are wrong go into `wrong`.
EmailPlace read_place(const Call& call, const Json& object, std::set<std::string>& wrong);
// Throws SetError tooManyKeywords or tooManyMailboxes.
void check_place(const EmailPlace& place);

// Stores one after the other, each in a transaction of its own.
class NewEmails {
 public:
  // Throws stateMismatch if Email is in another state than `required`, serverUnavailable if nothing can be judged.
  NewEmails(Call& call, AccountId account, store::IfInState required);

  // Judged as if it were delivered at `received_at`.  The object for "created"; throws SetError.
  Json store(const std::string& octets, Time received_at, const EmailPlace& place);

  const std::string& first_state() const { return first_; }
  const std::string& last_state() const { return last_; }
  bool alone() const { return alone_; }  // nobody else wrote between our transactions
  bool stored() const { return stored_; }

 private:
  Call& call_;
  const AccountId account_;
  store::IfInState required_;
  std::string first_, last_;
  bool alone_ = true;
  bool stored_ = false;
};

}  // namespace waxseal::jmapd
