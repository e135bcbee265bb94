// Revocation outside of OpenSSL's validator (verification.md 3.5-3.7).  Pure: no network, no clock, no database.
//
//   a list or answer from anywhere ── accept_crl(), accept_ocsp() (REV-03, REV-20..24) ──> heads and entries, kept by a
//   RevocationSource (memory, or the store) ── evaluate_revocation() (REV-10, REV-11) ──> codes of one certificate
//
// What a list says is split: its head (who, which scope, when) and its entries, which go into a ledger by
// (authority, serial) and stay there (REV-07).  GOOD is a head that covers the certificate and no entry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "smime/crl.h"
#include "smime/policy.h"
#include "smime/revocation_pointers.h"
#include "smime/unit.h"

namespace waxseal::smime {

inline constexpr Seconds kRevocationSkew{300};           // REV-03, REV-24
inline constexpr Seconds kWithoutNextUpdate{24 * 3600};  // NET-11: a list without nextUpdate
inline constexpr Seconds kOcspWithoutNextUpdate{3600};   // REV-24

// Whose certificates a list or an entry speaks of (REV-08).  For a list of the certificates' own issuer it is the
// SHA-256 of that issuer's SubjectPublicKeyInfo; for indirect lists (REV-05) a digest of anchor and names, see below.
using Authority = Sha256;
Authority authority_of(const Certificate& issuer);
// Lists published by `crl_issuer` (an encoded Name) under that anchor.
Authority indirect_authority(const Certificate& anchor, Octets crl_issuer);
// Entries of such lists about certificates of `certificate_issuer`.
Authority indirect_entry_authority(const Authority& lists, Octets certificate_issuer);

// One accepted list without its entries.
struct ListHead {
  Sha256 id;  // SHA-256 of the DER
  Authority authority;
  Sha256 scope;  // of the issuingDistributionPoint: lists of equal authority, scope and kind replace each other
  bool delta = false;
  Time this_update;
  std::optional<Time> next_update;
  std::string number;       // "": absent
  std::string base_number;  // of a delta
  std::string scope_octets;
  std::string issuer;                       // encoded Name, completes relative names of the scope
  std::optional<Time> expired_certs_since;  // expiredCertsOnCRL
  bool configured = false;                  // the operator named it: it speaks for certificates without a pointer too

  Time ends() const { return next_update.value_or(this_update + kWithoutNextUpdate); }
  friend bool operator==(const ListHead&, const ListHead&) = default;
};

// A revocation that some list or answer stated once (REV-07).
struct LedgerEntry {
  Time revoked_at;
  int reason = kUnspecified;
  std::optional<Time> invalidity_date;
  std::optional<Time> released_at;  // a hold that ended
  Evidence source;                  // the list or answer that stated it
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

enum class OcspStatus { kGood = 0, kRevoked = 1, kUnknown = 2 };  // numbers are stored

// One accepted answer about one certificate.
struct OcspAnswer {
  Sha256 id;  // SHA-256 of the response
  Authority authority;
  std::string serial;
  OcspStatus status = OcspStatus::kUnknown;
  Time this_update;
  std::optional<Time> next_update;
  std::optional<Time> archive_cutoff;
  std::optional<LedgerEntry> entry;  // of kRevoked

  Time ends() const { return next_update.value_or(this_update + kOcspWithoutNextUpdate); }
  friend bool operator==(const OcspAnswer&, const OcspAnswer&) = default;
};

// One certificate of a path and those above it.
struct RevocationQuestion {
  CertificatePtr certificate, issuer, anchor;
  std::size_t depth = 0;  // 0: the signer
  RevocationPointers pointers;
  // Where lists and entries about it may be: under its issuer's key first, then under its cRLIssuers (REV-05).
  std::vector<Authority> list_authorities, entry_authorities;

  const Authority& authority() const { return list_authorities.front(); }
};
RevocationQuestion make_question(CertificatePtr certificate, CertificatePtr issuer, CertificatePtr anchor,
                                 std::size_t depth, const Policy& policy);

struct CertificateEvidence {
  std::vector<ListHead> lists;  // of any scope, any age
  std::vector<LedgerEntry> entries;
  std::vector<OcspAnswer> answers;  // kRevoked ones have their entry in `entries` too
  std::vector<Code> faults;         // why the last attempts to fetch from its pointers failed: crl_*, ocsp_*
};

class RevocationSource {
 public:
  virtual ~RevocationSource() = default;
  // As many answers as questions.  Lists and answers in force at `at`, the newest ones, and the newest ones from within
  // each certificate's validity must be among them; more may be.
  virtual std::vector<CertificateEvidence> find(const std::vector<RevocationQuestion>& questions, Time at) = 0;
};

enum class RevocationState { kGood, kRevoked, kOnHold, kUndetermined, kNoPointer, kNotAsked };  // REV-01

struct RevocationFinding {
  RevocationState state = RevocationState::kUndetermined;
  std::vector<Code> codes;  // before severity mapping
  std::vector<Evidence> evidence;
  std::optional<Time> next_change;  // Epoch::kNow: when evidence in use runs out (RVF-03)
};

// Epoch::kNow: REV-10 with now = at.  Epoch::kAtDelivery: REV-11 for T = at.
RevocationFinding evaluate_revocation(const RevocationQuestion& question, const CertificateEvidence& evidence,
                                      const Policy& policy, Time at, Epoch epoch);

}  // namespace waxseal::smime
