#include "store/append_memory.h"

#include <algorithm>

namespace waxseal::store {

namespace {

bool fits(const SeenAccount& seen, const NewEmail& email) {
  return !seen.quota || seen.used + static_cast<std::int64_t>(email.octets.size()) <= *seen.quota;
}

// Whoever names other messages probably belongs to a thread.
bool begins_a_thread(const mime::Summary& summary) {
  return summary.in_reply_to.empty() && summary.references.empty();
}

}  // namespace

bool suffices(const RememberedAccount& account, const Arrival& arrival) {
  const NewEmail& email = arrival.prepared.email;
  const auto& units = arrival.prepared.unit_ids;
  return !arrival.wish.tell && arrival.bring_octets && email.mailboxes.empty() && begins_a_thread(email.summary) &&
         account.mailboxes.contains(email.mailbox_role) && fits(account.seen, email) &&
         std::all_of(units.begin(), units.end(),
                     [&](const smime::UnitId& unit) { return account.units.contains(unit); });
}

Look::Found found_by_memory(const RememberedAccount& account, const Prepared& prepared) {
  Look::Found found;
  found.mailboxes = account.mailboxes.at(prepared.email.mailbox_role);
  found.threads.resize(prepared.refs.size());
  return found;
}

}  // namespace waxseal::store
