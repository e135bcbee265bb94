#include "store/append_batch.h"

#include "store/append_look.h"
#include "store/append_memory.h"
#include "store/append_plan.h"
#include "store/append_rows.h"

namespace waxseal::store {

namespace {

// What the plans rest on.
struct Basis {
  std::map<AccountId, Memory> remembered;
  Arrivals looked_at;  // those for other accounts
  Look seen;           // for them
};

void forget_attempt(const Arrivals& arrivals) {
  for (Arrival* const arrival : arrivals) {
    arrival->fate = Arrival::Fate::kOpen;
    arrival->answer = {};
  }
}

// Accounts none of whose messages needs more.
std::map<AccountId, Memory> recall(const Arrivals& arrivals, const AppendMemory& memory) {
  std::map<AccountId, Memory> out;
  for (const Arrival* const arrival : arrivals) {
    const AccountId account = arrival->prepared.account;
    const auto [entry, first] = out.try_emplace(account);
    if (first) entry->second = memory.of(account);
    if (entry->second && !suffices(*entry->second, *arrival)) entry->second = nullptr;
  }
  std::erase_if(out, [](const auto& entry) { return entry.second == nullptr; });
  return out;
}

Basis basis_of(Transaction& transaction, const Arrivals& arrivals, std::map<AccountId, Memory> remembered) {
  Basis basis{.remembered = std::move(remembered), .looked_at = {}, .seen = {}};
  for (Arrival* const arrival : arrivals)
    if (!basis.remembered.contains(arrival->prepared.account)) basis.looked_at.push_back(arrival);
  if (!basis.looked_at.empty()) basis.seen = look(transaction, basis.looked_at);
  return basis;
}

AppendPlans plans_on(Transaction& transaction, Hold hold, const Basis& basis) {
  AppendPlans plans;
  auto mates = read_mates(transaction, basis.looked_at, basis.seen);
  for (const auto& [account, state] : basis.seen.accounts)
    plans.try_emplace(account, transaction, account, hold, state, basis.seen.units, std::move(mates[account]));
  for (const auto& [account, memory] : basis.remembered) plans.try_emplace(account, transaction, account, memory);
  return plans;
}

// As if each message found the one before it stored.
void place_all(const Arrivals& arrivals, Hold hold, const Basis& basis, AppendPlans& plans, MailRows& rows) {
  auto found = basis.seen.found.begin();
  for (Arrival* const arrival : arrivals) {
    const AccountId account = arrival->prepared.account;
    const auto memory = basis.remembered.find(account);
    const Look::Found own =
        memory == basis.remembered.end() ? *found++ : found_by_memory(*memory->second, arrival->prepared);
    const auto plan = plans.find(account);
    if (plan != plans.end()) {
      plan->second.place(*arrival, own, arrivals.size(), rows);
    } else if (hold == Hold::kNothing) {
      arrival->fate = Arrival::Fate::kOvertaken;
    } else {
      throw Unavailable("there is no such account");
    }
  }
  for (auto& [account, plan] : plans) plan.finish(rows);
}

// Plans, and writes.
AppendPlans attempt(Transaction& transaction, const Arrivals& arrivals, Hold hold, const Basis& basis) {
  AppendPlans plans = plans_on(transaction, hold, basis);
  MailRows rows;
  place_all(arrivals, hold, basis, plans, rows);
  const std::set<AccountId> written = rows.empty() ? std::set<AccountId>() : rows.write(transaction);
  for (auto& [account, plan] : plans) plan.conclude(written.contains(account));
  return plans;
}

// What was committed, and no longer what turned out not to be so.
void remember(const AppendPlans& plans, const Basis& basis, AppendMemory& memory) {
  for (const auto& [account, plan] : plans) {
    if (plan.written())
      memory.note(account, plan.after());
    else if (basis.remembered.contains(account))
      memory.distrust(account);
  }
}

void append_unlocked(Transaction& transaction, const Arrivals& arrivals, std::map<AccountId, Memory> remembered,
                     AppendMemory& memory) {
  forget_attempt(arrivals);
  const Basis basis = basis_of(transaction, arrivals, std::move(remembered));
  remember(attempt(transaction, arrivals, Hold::kNothing, basis), basis, memory);
  // What is remembered says no, and may be wrong.
  Arrivals doubtful;
  for (Arrival* const arrival : arrivals) {
    const bool stored = arrival->fate == Arrival::Fate::kAnswered && arrival->answer.room == Appended::Room::kFits;
    if (!stored && basis.remembered.contains(arrival->prepared.account)) doubtful.push_back(arrival);
  }
  if (!doubtful.empty()) append_unlocked(transaction, doubtful, {}, memory);
}

// Nothing of it is committed when it returns.
void append_locked(Transaction& transaction, const Arrivals& arrivals, AppendMemory& memory) {
  const AccountId account = arrivals.front()->prepared.account;
  forget_attempt(arrivals);
  lock_account(transaction, account);
  memory.distrust(account);
  const Basis basis = basis_of(transaction, arrivals, {});
  const AppendPlans plans = attempt(transaction, arrivals, Hold::kLock, basis);
  if (!plans.at(account).written()) transaction.abandon();
}

}  // namespace

void append_batch(Transaction& transaction, const Arrivals& arrivals, Hold hold, AppendMemory& memory) {
  if (hold == Hold::kLock)
    append_locked(transaction, arrivals, memory);
  else
    append_unlocked(transaction, arrivals, recall(arrivals, memory), memory);
}

}  // namespace waxseal::store
