// Issuer certificates that nobody brought (AIA caIssuers; NET-02, PTH-02 d).  Whoever names such a URL is not vouched
// for by anybody yet, so: only for mail whose signature and From are right, two URLs for the signer's missing issuer,
// one for each of the two above it, and nothing counts until the last of them leads to an anchor.  No network here:
// what is wanted is left to the fetcher, which knows the site's mode (fetch.aia) and its limits.
#pragma once

#include "reverify/fetch_round.h"
#include "smime/verifier.h"
#include "store/units.h"

namespace waxseal::reverify {

inline constexpr std::size_t kMaxIssuerLevels = 3;
inline constexpr Seconds kIssuerWantedFor{23 * 3600};  // then the unit is looked at again, and asks again

// Thread-safe.
class IssuerSearch {
 public:
  IssuerSearch(store::Database&, smime::Verifier&);

  // For a unit without a path: asks for its missing issuer, if mail of the unit would be verified but for that.
  void begin(const smime::Unit&, const smime::CandidatePaths&, Time now);
  // What came for `child`.  Goes on with the next level, or adds all links to the pool.
  Acceptance accept(const store::FetchTarget&, const smime::CertificatePtr& child, Octets octets,
                    const smime::TrustStore&, Time now);
  // Nothing came: the signer's issuer may be at a second place.
  void failed(const store::FetchTarget&, const smime::CertificatePtr& child, Time now);

 private:
  bool somebody_needs(const smime::UnitId&, Time now);
  void want(const std::string& url, const smime::Certificate& child, std::vector<Sha256> below, Time now);
  void add_to_pool(const store::FetchTarget&, const smime::Certificate& last, Time now);

  store::Database& database_;
  smime::Verifier& verifier_;
  store::StoredCertificates certificates_;
};

}  // namespace waxseal::reverify
