#include "jmapd/method.h"

namespace waxseal::jmapd {

store::Snapshot Call::open(const Json& arguments) const {
  const auto given = arguments.find("accountId");
  if (given == arguments.end() || !given->is_string()) {
    throw MethodError{"invalidArguments", "accountId is missing or not an Id"};
  }
  const auto account = account_from_wire(given->get_ref<const std::string&>());
  // A foreign account and one that never was get the same answer (rule R30).
  if (account != principal.account) throw MethodError{"accountNotFound", ""};
  return store::Snapshot(database, *account);
}

}  // namespace waxseal::jmapd
