// The evaluation of one unit from what is stored, without network: the same for the daemon, the command and the read
// path of waxseal-jmapd.
#pragma once

#include <optional>

#include "reverify/issuer_search.h"
#include "smime/verifier.h"
#include "store/units.h"

namespace waxseal::reverify {

class UnitEvaluator {
 public:
  UnitEvaluator(store::Database&, smime::Verifier&);

  // State at `now`, ready to be recorded.  nullopt: an internal error, which nobody may remember (verification.md 6.2,
  // trap 16).  Throws store::Unavailable.  Thread-safe.
  std::optional<store::UnitUpdate> evaluate(const smime::Unit& unit, const smime::TrustStore& trust, Time now);
  // The same for many: their evidence is read in one statement.  As many results as units.
  std::vector<std::optional<store::UnitUpdate>> evaluate(const std::vector<smime::Unit>& units,
                                                         const smime::TrustStore& trust, Time now);

  // The verdict of a message at its delivery, from today's best evidence evaluated at T (TIM-06, REV-11).
  struct AtDelivery {
    smime::Verdict verdict;
    std::vector<smime::Evidence> evidence;
  };
  AtDelivery judge_at_delivery(const smime::Facts& facts, const smime::TrustStore& trust, Time received_at);

  // Mail that a revocation should have kept from being verified, had it been published in time (TIM-07): it stays as it
  // is, and somebody should know.  nullopt: there is none.
  struct LateRevocation {
    std::string signer;  // subject
    Time revoked_from;
    std::size_t messages = 0;
  };
  std::optional<LateRevocation> late_revocation(const smime::Unit& unit, const smime::TrustStore& trust, Time now);

  // The verdict of one message, for sweeps.
  store::Judge judge() const;

 private:
  void want_fetches(const smime::CandidatePaths& paths, smime::RevocationSource& known, Time now);

  store::Database& database_;
  smime::Verifier& verifier_;
  store::StoredCertificates certificates_;
  IssuerSearch issuers_;
};

}  // namespace waxseal::reverify
