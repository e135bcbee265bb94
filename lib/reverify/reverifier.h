// What keeps smimeStatus and smimeErrors true: due units are evaluated, changed emails numbered (RVF-01..08, TIM-10).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "smime/verifier.h"
#include "store/trust_anchors.h"
#include "store/units.h"

namespace waxseal::reverify {

inline constexpr Seconds kEvaluationMaxAge{23 * 3600};  // RVF-03; RFC 9219 allows 24 hours
inline constexpr Seconds kLease{120};

struct Report {
  std::size_t units_evaluated = 0;
  std::size_t units_changed = 0;
  std::size_t emails_changed = 0;
  std::size_t at_delivery_examined = 0;
  std::size_t at_delivery_changed = 0;
};

// When the unit must be looked at again: its next change, or 23 hours after the evaluation (RVF-03).
Time next_check(const smime::UnitState&, Time evaluated_at);

class Reverifier {
 public:
  Reverifier(store::Database&, smime::Verifier&, const Clock&);
  ~Reverifier();

  // One round: notices trust and policy changes, finishes interrupted sweeps, evaluates what is due until nothing is or
  // `stop` says so.  Throws store::Unavailable; everything stays due.
  Report run_once(const std::function<bool()>& stop = {});

  // Time of the next due unit; nullopt: none.
  std::optional<Time> next_due();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::reverify
