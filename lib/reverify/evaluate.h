// The evaluation of one unit from what is stored, without network: the same for the daemon, the command and the read
// path of waxseal-jmapd.
#pragma once

#include <optional>

#include "smime/verifier.h"
#include "store/units.h"

namespace waxseal::reverify {

class UnitEvaluator {
 public:
  UnitEvaluator(store::Database&, smime::Verifier&);

  // State at `now`, ready to be recorded.  nullopt: an internal error, which nobody may remember (verification.md 6.2,
  // trap 16).  Throws store::Unavailable.  Thread-safe.
  std::optional<store::UnitUpdate> evaluate(const smime::Unit& unit, const smime::TrustStore& trust, Time now);

  // The verdict of one message, for sweeps.
  store::Judge judge() const;

 private:
  smime::Verifier& verifier_;
  store::StoredCertificates certificates_;
};

}  // namespace waxseal::reverify
