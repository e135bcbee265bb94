// A message between its last octet and its storing or passing on: judged, and where wanted rewritten.
#pragma once

#include <memory>

#include "delivery/limiter.h"
#include "delivery/pipeline.h"
#include "delivery/rewrite.h"
#include "lmtp/sink.h"
#include "smime/verifier.h"

namespace waxseal::lmtp {

struct InspectorOptions {
  smime::Policy policy;
  bool authentication_results = false;  // remove forged fields and add ours
  authres::Options authres;
  delivery::SpoolOptions spool;
  std::size_t verifications = 0;  // at once; 0: one for each processor
};

struct Inspected {
  std::unique_ptr<delivery::Rewritten> rewritten;  // what owns the octets below; nullptr: the delivery's spool does
  Octets octets;                                   // our trace fields, perhaps our result field, the message
  Octets received;                                 // what the client sent, the same at each retry (G3)
  delivery::Prepared prepared;                     // of `octets`
  std::chrono::milliseconds judging{0};
};

// What comes out is our trace fields and then exactly the octets that the client sent.  With `authentication_results`,
// and only then, our own field stands between them and fields that falsely claim to be ours are missing.
class Inspector {
 public:
  Inspector(store::Database&, const Clock&, InspectorOptions);

  // Throws store::Unavailable if the trust store was never loaded, std::system_error if the spool has no room.
  Inspected inspect(const Delivery&);

  delivery::Pipeline& pipeline() { return pipeline_; }

 private:
  delivery::Judged rewrite(const Delivery&, delivery::Judged, Inspected&);

  InspectorOptions options_;
  smime::Verifier verifier_;
  delivery::Pipeline pipeline_;
  delivery::Places places_;
};

}  // namespace waxseal::lmtp
