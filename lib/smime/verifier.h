// The verifier's one door: octets in, facts and verdict out.  Stand-alone (no database): `waxseal verify`, benchmarks,
// tests; daemons use the same calls with certificates and trust from the store.
#pragma once

#include <memory>

#include "smime/facts.h"
#include "smime/judge.h"
#include "smime/path.h"

namespace waxseal::smime {

struct Verification {
  Extracted extracted;
  UnitStates states;
  Verdict verdict;
};

// Thread-safe.  Memory is bounded by its caches' capacities.
class Verifier {
 public:
  explicit Verifier(Policy policy, std::size_t cached_certificates = 4096);
  ~Verifier();

  const Policy& policy() const;
  CertificateCache& certificates();
  PathValidator& paths();

  Extracted extract(Octets message, CertificateSource* known = nullptr);
  // Anchors and intermediates serve where the message does not bring its signer's certificate (SIG-30).
  Extracted extract(Octets message, const TrustStore& trust);
  // States of every unit of the facts at T, from certificates in `extracted` and in `trust`, and evidence of
  // `revocation`; nullptr: there is none at hand.
  UnitStates evaluate(const Extracted& extracted, const TrustStore& trust, Time at, Epoch epoch,
                      RevocationSource* revocation = nullptr);
  // What evaluate() concludes from: the candidate paths of every unit of the facts.
  std::map<UnitId, std::shared_ptr<const CandidatePaths>> candidates(const Extracted& extracted,
                                                                     const TrustStore& trust, Time at, Epoch epoch);
  Verification verify(Octets message, const TrustStore& trust, Time at, Epoch epoch = Epoch::kNow,
                      RevocationSource* revocation = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::smime
