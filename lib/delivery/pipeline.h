// From octets to a stored message, the same for milter and LMTP: read once, judge at T = received_at, store per recipient.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "authres/authres.h"
#include "base/clock.h"
#include "smime/verifier.h"
#include "store/append.h"
#include "store/trust_anchors.h"

namespace waxseal::delivery {

// What was found out about one message; valid as long as the octets that were judged.
struct Judged {
  smime::Extracted extracted;
  smime::UnitStates states_at_delivery;
  smime::Verdict at_delivery;
  std::int64_t trust_version = 0;
  Time received_at;
};

class Pipeline {
 public:
  Pipeline(store::Database&, smime::Verifier&, const Clock&);

  // Facts and verdict at received_at.  Throws store::Unavailable only if the trust store was never loaded.
  Judged judge(Octets message, Time received_at);

  // Stores `octets` (which may differ from what was judged only by header fields added or removed outside the signed
  // entity; `judged` must then be of `octets` itself, BYT-10) for one account.  See store::append_email.
  store::Appended store(const Judged&, Octets octets, AccountId, const Sha256& delivery_key);

 private:
  store::Database& database_;
  smime::Verifier& verifier_;
  store::TrustCache trust_;
};

}  // namespace waxseal::delivery
