// The cryptographic envelope of a message: the chain of layers from the root entity inwards that each wrap everything
// inside them (verification.md section 1, rules CLS-1..5 and the table C01..C60).  No signature is checked here.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "mime/header.h"
#include "smime/cms.h"
#include "smime/content_digest.h"
#include "smime/facts.h"
#include "smime/policy.h"

namespace waxseal::smime {

struct SignedLayer {
  LayerForm form = LayerForm::kDetached;
  std::string section;                 // AR-03
  std::vector<Code> codes;             // M and C problems; micalg_mismatch is not known yet
  std::optional<cms::SignedData> cms;  // nullopt: not readable
  Octets content;                      // what the signatures cover
  LineEnds line_ends = LineEnds::kAsTheyAre;
  std::string micalg;  // of multipart/signed, as written
};

struct Envelope {
  EnvelopeClass envelope = EnvelopeClass::kNone;
  bool errant = false;
  std::vector<Code> codes;          // of the message as a whole
  std::vector<SignedLayer> layers;  // signed ones, outermost first
  mime::Header header;              // of the message
  Octets payload;                   // entity inside the innermost layer; empty if it could not be reached
  std::deque<std::string> decoded;  // owns what views above point to and the message does not hold
};

// Views point into the message, which must outlive the result.
Envelope scan_envelope(Octets message, const Policy& policy);

}  // namespace waxseal::smime
