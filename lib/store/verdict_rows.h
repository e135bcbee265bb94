// smimeStatus and smimeErrors of messages as they stand, and their change.  Private to lib/store.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "smime/judge.h"
#include "store/transaction.h"

namespace waxseal::store {

struct Visible {
  smime::Status status;
  std::vector<smime::Code> codes;
};
// By email id; those that are gone are left out.  `ids` is an array literal.
std::map<std::int64_t, Visible> read_visible(Transaction&, AccountId, const std::string& ids);
bool shows(const Visible&, const smime::Verdict&);

using NewVerdicts = std::vector<std::pair<EmailId, smime::Verdict>>;
// Under the account's lock: each message gets a number of its own, so that it is in Email/changes.  `when` names the
// day that counts them.
void write_verdicts(Transaction&, AccountId, Time when, const NewVerdicts& changed);

}  // namespace waxseal::store
