// Two sources of evidence that need no database.
#pragma once

#include <map>
#include <memory>

#include "smime/crl_acceptance.h"

namespace waxseal::smime {

// Lists at hand: `waxseal verify --crl`, and those that a message brings.  Each is accepted under REV-03 when a
// question comes that it may answer; several of one scope make a history.
class CrlsAtHand final : public RevocationSource {
 public:
  // `now`: the machine's time.  `trust` must outlive it.  `base`: asked first, may be nullptr.
  CrlsAtHand(const Policy& policy, const TrustStore& trust, Time now, RevocationSource* base = nullptr);
  ~CrlsAtHand() override;

  // Errors of Crl::parse().
  Result<Done, Code> add(Octets der_or_pem, std::size_t limit = kMaxCrlOctets);
  void add_signer(CertificatePtr certificate);
  std::vector<CertificateEvidence> find(const std::vector<RevocationQuestion>& questions, Time at) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Remembers what was asked, so that many units cost one question to the base, and both verdicts of a delivery too.
class AskedEvidence final : public RevocationSource {
 public:
  explicit AskedEvidence(RevocationSource& base) : base_(base) {}
  // One question to the base for all of them.
  void prefetch(const std::vector<RevocationQuestion>& questions, Time at);
  std::vector<CertificateEvidence> find(const std::vector<RevocationQuestion>& questions, Time at) override;

 private:
  struct Key {
    CertId certificate, issuer, anchor;
    Time at;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  static Key key_of(const RevocationQuestion& question, Time at);

  RevocationSource& base_;
  std::map<Key, CertificateEvidence> known_;
};

}  // namespace waxseal::smime
