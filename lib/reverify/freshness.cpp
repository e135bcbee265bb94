#include "reverify/freshness.h"

namespace waxseal::reverify {

namespace {

constexpr std::size_t kPage = 200;
constexpr std::size_t kSweepBatch = 500;
constexpr std::chrono::seconds kTimeBudget{10};  // well within the budget of a request

}  // namespace

Freshness::Freshness(store::Database& database, smime::Verifier& verifier, const Clock& clock)
    : database_(database), clock_(clock), evaluator_(database, verifier), trust_(database, clock) {}

void Freshness::bring_up_to_date(AccountId account, const smime::UnitId& id, bool due) {
  if (due) {
    const auto stored = store::find_unit(database_, id);
    const auto update = stored ? evaluator_.evaluate(stored->unit, *trust_.get(), clock_.now()) : std::nullopt;
    // Who has evaluated it meanwhile, or later, has the last word.
    if (update) store::record_unit(database_, *stored, *update, store::RecordUnit::kNewest);
  }
  store::sweep_account(database_, id, account, evaluator_.judge(), kSweepBatch);
}

void Freshness::refresh(AccountId account) {
  auto overdue = store::overdue_units(database_, account, clock_.now(), kPage);
  if (overdue.empty()) return;
  const std::lock_guard lock(accounts_[static_cast<std::size_t>(account.value) % accounts_.size()]);
  const auto begun = std::chrono::steady_clock::now();
  std::vector<store::OverdueUnit> before;
  overdue = store::overdue_units(database_, account, clock_.now(), kPage);  // the request before may have done it
  while (!overdue.empty() && overdue != before) {
    for (const store::OverdueUnit& unit : overdue) {
      if (std::chrono::steady_clock::now() - begun > kTimeBudget)
        throw store::Unavailable("the verdicts of this account are being brought up to date");
      bring_up_to_date(account, unit.id, unit.due);
    }
    before = std::move(overdue);
    overdue = store::overdue_units(database_, account, clock_.now(), kPage);
  }
}

}  // namespace waxseal::reverify
