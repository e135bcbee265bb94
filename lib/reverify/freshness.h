// What a reader sees is never older than RFC 9219 allows, even while no waxseal-reverifyd runs (TIM-10, TIM-11,
// RVF-07): before an answer, the overdue units of the account are evaluated from what is stored, and what changes is
// numbered.
#pragma once

#include <array>
#include <mutex>

#include "reverify/evaluate.h"
#include "store/trust_anchors.h"

namespace waxseal::reverify {

// Thread-safe.  Opens no connection but to the database (NET-30).
class Freshness {
 public:
  Freshness(store::Database&, smime::Verifier&, const Clock&);

  // When it returns, no verdict of the account is overdue, and every change is committed under a number of its own.
  // Costs one indexed statement if nothing is due.  Throws store::Unavailable, also if there is too much to do for one
  // request: what was done stays done, and the next request goes on.
  void refresh(AccountId account);

 private:
  void bring_up_to_date(AccountId account, const smime::UnitId& unit, bool due);

  store::Database& database_;
  const Clock& clock_;
  UnitEvaluator evaluator_;
  store::TrustCache trust_;
  std::array<std::mutex, 16> accounts_;  // requests for one account do not do the same work twice
};

}  // namespace waxseal::reverify
