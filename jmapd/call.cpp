#include "jmapd/method.h"
#include "reverify/freshness.h"

namespace waxseal::jmapd {

AccountId Call::account(const Json& arguments) const {
  const auto given = arguments.find("accountId");
  if (given == arguments.end() || !given->is_string()) {
    throw MethodError{"invalidArguments", "accountId is missing or not an Id"};
  }
  const auto account = account_from_wire(given->get_ref<const std::string&>());
  // A foreign account and one that never was get the same answer (rule R30).
  if (account != principal.account) throw MethodError{"accountNotFound", ""};
  return *account;
}

store::Snapshot Call::open(const Json& arguments) const {
  return store::Snapshot(database, account(arguments));
}

AccountId Call::fresh_account(const Json& arguments) const {
  const AccountId own = account(arguments);
  if (freshness) freshness->refresh(own);
  return own;
}

std::string Call::resolve(const std::string& id) const {
  if (!id.starts_with('#')) return id;
  const auto created = created_ids.find(id.substr(1));
  return created == created_ids.end() ? id : created->second;
}

}  // namespace waxseal::jmapd
