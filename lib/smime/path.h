// Certificate path of a validation unit at a time T, without network (verification.md 3.1-3.4).
#pragma once

#include <memory>
#include <vector>

#include "smime/certificate.h"
#include "smime/policy.h"
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

// Deterministic, no network, no clock.  Remembers verified (child, issuer) signatures between calls; thread-safe.
class PathValidator {
 public:
  explicit PathValidator(Policy policy);
  ~PathValidator();
  // The answer stays the same from `at` until before next_change (at delivery, removals of anchors count as edges too).
  // A leaf that `certificates` does not have gives internal_error, which no caller may remember.
  UnitState evaluate(const Unit& unit, UnitCertificates& certificates, const TrustStore& trust, Time at, Epoch epoch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::smime
