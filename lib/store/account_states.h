// What changed in which account: the truth to poll, and a hint when to look (robustness.md R35).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "store/database.h"

namespace waxseal::store {

// Names of the types that have a state, in the order of AccountStates.
const std::vector<std::string>& state_types();

// State of each type of state_types(), as Foo/get gives it.
using AccountStates = std::vector<std::string>;

// Accounts that do not exist are left out.  One statement.  Throws Unavailable.
std::map<AccountId, AccountStates> account_states(Database&, const std::vector<AccountId>&);

// Calls `changed` for every change of an account that a writer on this database server reported, until `stop` says so;
// asked about once a second.  Connects again by itself.  What is reported may be late, twice, or never (a pooler
// between, a lost connection): poll as well.  Blocks: for a thread of its own.
void listen_for_changes(const DatabaseOptions&, const std::function<void(AccountId)>& changed,
                        const std::function<bool()>& stop);

}  // namespace waxseal::store
