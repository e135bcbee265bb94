#include "store/append_batch.h"

#include "store/append_look.h"
#include "store/append_plan.h"
#include "store/append_rows.h"

namespace waxseal::store {

namespace {

void forget_attempt(const Arrivals& arrivals) {
  for (Arrival* const arrival : arrivals) {
    arrival->fate = Arrival::Fate::kOpen;
    arrival->answer = {};
  }
}

// As if each message found the one before it stored.
void plan_all(Transaction& transaction, const Arrivals& arrivals, Hold hold, const Look& seen, AppendPlans& plans,
              MailRows& rows) {
  auto mates = read_mates(transaction, arrivals, seen);
  for (const auto& [account, state] : seen.accounts)
    plans.try_emplace(account, transaction, account, hold, state, seen.units, std::move(mates[account]));
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const auto plan = plans.find(arrivals[i]->prepared.account);
    if (plan != plans.end()) {
      plan->second.place(*arrivals[i], seen.found[i], arrivals.size(), rows);
    } else if (hold == Hold::kNothing) {
      arrivals[i]->fate = Arrival::Fate::kOvertaken;
    } else {
      throw Unavailable("there is no such account");
    }
  }
  for (auto& [account, plan] : plans) plan.finish(rows);
}

}  // namespace

void append_batch(Transaction& transaction, const Arrivals& arrivals, Hold hold) {
  forget_attempt(arrivals);
  if (hold == Hold::kLock) lock_account(transaction, arrivals.front()->prepared.account);
  const Look seen = look(transaction, arrivals);
  AppendPlans plans;
  MailRows rows;
  plan_all(transaction, arrivals, hold, seen, plans, rows);
  if (rows.empty()) return transaction.abandon();
  const std::set<AccountId> written = rows.write(transaction);
  for (auto& [account, plan] : plans) plan.conclude(written.contains(account));
}

}  // namespace waxseal::store
