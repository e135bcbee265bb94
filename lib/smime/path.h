// Certificate path of a validation unit at a time T, without network (verification.md 3.1-3.4).
#pragma once

#include <memory>
#include <vector>

#include "smime/certificate.h"
#include "smime/policy.h"
#include "smime/revocation.h"
#include "smime/unit.h"

namespace waxseal::smime {

inline constexpr std::size_t kMaxTrustFileOctets = 16u << 20;

// One anchor with its history (TIM-14).
struct Anchor {
  CertificatePtr certificate;
  std::optional<Time> removed_at;  // set: only for at-delivery verdicts of mail received before it
};

// Immutable snapshot; replaced as a whole when anchors or intermediates change.
struct TrustStore {
  std::vector<Anchor> anchors;
  std::vector<CertificatePtr> intermediates;  // configured, and the validated pool
  std::int64_t version = 0;                   // of the anchor set in the store; 0 stand-alone

  // PEM "CERTIFICATE" blocks only (PTH-01), with any text between them; or one DER certificate.  The error names the
  // file's problem.
  static Result<std::vector<CertificatePtr>> read_certificates(Octets pem_or_der);
};

// Certificates of the unit by id; a missing one is treated as not supplied.
class UnitCertificates {
 public:
  virtual ~UnitCertificates() = default;
  virtual CertificatePtr get(const CertId& id) = 0;
};

// One candidate path and everything that can be said of it without asking for revocation.
struct JudgedPath {
  std::vector<CertificatePtr> certificates;  // signer certificate first, anchor last
  std::vector<Code> codes;
  std::vector<RevocationQuestion> questions;  // of each certificate below the anchor (PTH-35)
};

// The part of a unit's state that no evidence changes: can be kept until next_change.
struct CandidatePaths {
  std::vector<JudgedPath> paths;    // in order of preference (PTH-10)
  std::vector<Code> without_path;   // PTH-12; meaningful if there is no path
  std::optional<Time> next_change;  // validity edges
  std::size_t work = 0;             // units of work.h that finding and validating them was charged
  // Of chain_incomplete: from the signer's certificate to the one whose issuer nobody brought.
  std::vector<CertificatePtr> dead_end = {};

  std::vector<RevocationQuestion> questions() const;  // of every path
  // Of paths without a fatal code: only these may be fetched for (NET-02) or make lists acceptable (REV-03).
  std::vector<RevocationQuestion> validated_questions(const Policy& policy) const;
};

// Deterministic, no network, no clock.  Remembers verified (child, issuer) signatures between calls; thread-safe.
class PathValidator {
 public:
  explicit PathValidator(Policy policy);
  ~PathValidator();
  // How often paths were built and judged so far: what callers did not find in a memory of their own.
  std::uint64_t validations() const;
  // The answer stays the same from `at` until before next_change (at delivery, removals of anchors count as edges too).
  // A leaf that `certificates` does not have gives internal_error, which no caller may remember.
  CandidatePaths candidates(const Unit& unit, UnitCertificates& certificates, const TrustStore& trust, Time at,
                            Epoch epoch);
  // Asks `revocation` once for every certificate of every path, and chooses (PTH-11): a path with a revoked issuer does
  // not stand in the way of another.  nullptr: no evidence is at hand.  What `revocation` throws comes through.
  UnitState conclude(const CandidatePaths& candidates, RevocationSource* revocation, Time at, Epoch epoch) const;
  // Both.
  UnitState evaluate(const Unit& unit, UnitCertificates& certificates, const TrustStore& trust, Time at, Epoch epoch,
                     RevocationSource* revocation = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::smime
