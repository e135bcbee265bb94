// Candidate paths of a signer certificate (PTH-10..13).  Private to lib/smime.
//
// OpenSSL's own builder is greedy: it takes the first certificate of the right name without checking its signature and
// does not come back.  Here every edge is a checked signature, and every alternative is kept.
#pragma once

#include <vector>

#include "smime/certificate.h"
#include "smime/lru.h"
#include "smime/policy.h"

namespace waxseal::smime {

using Path = std::vector<CertificatePtr>;  // signer certificate first, anchor last

// Does the issuer's key verify the child's signature?  Checked once per pair while remembered.
class SignatureMemo {
 public:
  explicit SignatureMemo(std::size_t capacity) : known_(capacity) {}
  bool verifies(const Certificate& child, const Certificate& issuer);

 private:
  Lru<Sha256, bool> known_;  // by SHA-256 of both SHA-256
};

struct PathInputs {
  CertificatePtr leaf;
  std::vector<CertificatePtr> anchors;               // usable in this epoch
  std::vector<CertificatePtr> bundle;                // of the message
  const std::vector<CertificatePtr>& intermediates;  // configured, and the validated pool (PTH-02); may be thousands
};

struct BuiltPaths {
  std::vector<Path> paths;                 // in order of preference
  Code why_none = Code::chain_incomplete;  // meaningful if there is no path
  std::size_t work = 0;                    // units of work.h, validation of the paths included
  Path dead_end;                           // of chain_incomplete: from the signer to the one whose issuer is missing
};

// Does not look at the time: what it finds is the same at every T, so validity edges of these paths are all that time
// can change (RVF-03).  The order of the inputs does not matter.
BuiltPaths build_paths(const PathInputs& inputs, const Policy& policy, SignatureMemo& signatures);

}  // namespace waxseal::smime
