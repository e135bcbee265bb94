// What keeps smimeStatus and smimeErrors true: due units are evaluated, changed emails numbered (RVF-01..08, TIM-10).
// Several may run at once, in one process or on many machines: leases keep them apart (V1, V3).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "reverify/evaluate.h"
#include "smime/verifier.h"
#include "store/trust_anchors.h"
#include "store/units.h"

namespace waxseal::reverify {

inline constexpr Seconds kLease{120};

struct Report {
  std::size_t units_evaluated = 0;
  std::size_t units_changed = 0;
  std::size_t units_postponed = 0;  // internal error: tried again after the lease
  std::size_t facts_renewed = 0;    // messages that were read again after an upgrade
  std::size_t emails_changed = 0;
  std::size_t at_delivery_examined = 0;
  std::size_t at_delivery_changed = 0;
  std::vector<UnitEvaluator::LateRevocation> late_revocations;  // learned in this round
};

class Reverifier {
 public:
  Reverifier(store::Database&, smime::Verifier&, const Clock&);
  ~Reverifier();

  // One round: notices trust and policy changes, finishes interrupted sweeps, evaluates what is due until nothing is or
  // `stop` says so.  Throws store::Unavailable; everything stays due.
  Report run_once(const std::function<bool()>& stop = {});

  // Makes every unit due, whatever it was evaluated with.  Returns how many.
  std::size_t make_all_due();

  // When there is work again: a unit, a pending verdict, facts still to be renewed; nullopt: nothing is known.
  std::optional<Time> next_due();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::reverify
