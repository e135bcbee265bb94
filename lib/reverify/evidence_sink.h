// What was fetched becomes evidence, or a fault (REV-03, REV-20..24, REV-32); issuer certificates go to their search.
#pragma once

#include "reverify/issuer_search.h"
#include "smime/crl_acceptance.h"
#include "smime/verifier.h"
#include "store/trust_anchors.h"
#include "store/units.h"

namespace waxseal::reverify {

// What the certificates of validated paths name (NET-02), as targets of fetches.  OCSP is asked where there is no list,
// or where the list cannot be had or has run out (REV-20).  As many `evidence` as questions.
std::vector<store::FetchTarget> fetch_targets(const std::vector<smime::RevocationQuestion>& questions,
                                              const std::vector<smime::CertificateEvidence>& evidence,
                                              const smime::Policy& policy, Time now);

// Thread-safe.
class EvidenceSink final : public FetchSink {
 public:
  EvidenceSink(store::Database&, smime::Verifier&, const Clock&);

  fetch::Request request(const store::FetchTarget& target) override;
  Acceptance accept(const store::FetchTarget& target, Octets octets, Time now) override;
  void failed(const store::FetchTarget& target, const fetch::Failure& failure, Time now) override;
  void current(const store::FetchTarget& target, Time now) override;

 private:
  smime::CertificatePtr certificate(const std::optional<Sha256>& id, const smime::TrustStore& trust);
  std::optional<smime::RevocationQuestion> question(const store::FetchTarget& target, const smime::TrustStore& trust);
  std::vector<smime::RevocationQuestion> questions_of(const smime::Authority& authority, const smime::TrustStore& trust,
                                                      Time now);
  void ask_instead(const store::FetchTarget& target, Time now);
  std::optional<smime::RevocationQuestion> question_for(const smime::Crl& list, const smime::TrustStore& trust,
                                                        Time now);
  Acceptance accept_list(const store::FetchTarget& target, Octets octets, Time now);
  Acceptance accept_answer(const store::FetchTarget& target, Octets octets, Time now);
  Acceptance fault(const store::FetchTarget& target, smime::Code code, Time now);

  store::Database& database_;
  smime::Verifier& verifier_;
  store::StoredCertificates certificates_;
  store::TrustCache trust_;
  IssuerSearch issuers_;
};

}  // namespace waxseal::reverify
