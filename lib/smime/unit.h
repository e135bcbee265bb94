// Validation unit: everything of a message that the path verdict depends on (verification.md 10.1).  Many messages
// share one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"
#include "smime/code.h"

namespace waxseal::smime {

using UnitId = Sha256;

// Which of the two verdicts of RFC 9219 is asked for.
enum class Epoch {
  kNow,         // smimeStatus: anchors that are trusted now
  kAtDelivery,  // smimeStatusAtDelivery: anchors with removed_at unset or after T (TIM-14)
};

struct Unit {
  std::string trust_domain;    // "" is the global one
  Sha256 leaf;                 // signer certificate
  std::vector<Sha256> bundle;  // sorted: supplied certificates in the issuer-name closure of the leaf
  // Sorted "alg:hex" ("sha256:9f..", digest of the whole DER) of the ESSCertIDs after the first; empty: no restriction
  // (SIG-31).  An alg that OpenSSL does not know names no certificate.
  std::vector<std::string> ess_path_set;

  UnitId id() const;  // SHA-256 over all of the above
  friend bool operator==(const Unit&, const Unit&) = default;
};

class Certificate;

// The unit of a signer certificate as a message supplies it: of `supplied`, only what can matter for the leaf's path
// goes in (issuer-name closure), so that unrelated certificates in the bag do not split units.
Unit make_unit(const Certificate& leaf, const std::vector<std::shared_ptr<const Certificate>>& supplied,
               std::vector<std::string> ess_path_set);

// Identity of a list or answer that a state rests on; kept with unit states and with verdicts at delivery (TIM-03).
struct Evidence {                           // its id is the SHA-256 of its DER
  enum class Kind { kCrl = 0, kOcsp = 1 };  // numbers are stored
  Kind kind = Kind::kCrl;
  Sha256 id;
  friend auto operator<=>(const Evidence&, const Evidence&) = default;
};
std::string evidence_text(const std::vector<Evidence>& evidence);  // "crl:HEX,ocsp:HEX", as they are
std::vector<Evidence> evidence_of(std::string_view text);          // unreadable items are left out

// What is true of a unit at a time: path choice, P and R codes before severity mapping.
struct UnitState {
  std::vector<Code> codes;          // catalogue order
  std::vector<Sha256> path;         // leaf first, anchor last; empty: no complete path
  std::optional<Time> next_change;  // validity edges of every certificate on every candidate path, and the end of
                                    // evidence in use (RVF-03); nullopt: no time alone changes it
  std::vector<Evidence> evidence;   // sorted; what revocation was judged by
  friend bool operator==(const UnitState&, const UnitState&) = default;
};

}  // namespace waxseal::smime
