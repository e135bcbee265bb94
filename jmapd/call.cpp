#include "jmapd/method.h"
#include "reverify/freshness.h"

namespace waxseal::jmapd {

namespace {

AccountId usable_account(const Call& call, const Json& arguments) {
  const auto given = arguments.find("accountId");
  if (given == arguments.end() || !given->is_string()) {
    throw MethodError{"invalidArguments", "accountId is missing or not an Id"};
  }
  const auto account = account_from_wire(given->get_ref<const std::string&>());
  // A foreign account and one that never was get the same answer (rule R30).
  if (account != call.principal.account) throw MethodError{"accountNotFound", ""};
  return *account;
}

}  // namespace

store::Snapshot Call::open(const Json& arguments) const {
  return store::Snapshot(database, usable_account(*this, arguments));
}

store::Snapshot Call::open_fresh(const Json& arguments) const {
  const AccountId account = usable_account(*this, arguments);
  if (freshness) freshness->refresh(account);
  return store::Snapshot(database, account);
}

}  // namespace waxseal::jmapd
