// The envelope of a submission: as the client gives it, or as the message's header has it (RFC 8621 section 7).
#pragma once

#include "jmapd/set_request.h"
#include "jmapd/submission_address.h"
#include "mime/message.h"

namespace waxseal::jmapd {

// Each throws SetError.
Envelope read_envelope(const Json& object, const SubmissionRules& rules);
Envelope derive_envelope(const mime::Header& header, const store::Identity& identity);

// When the relay shall have it: takes HOLDFOR and HOLDUNTIL (RFC 4865) out of the sender's parameters.  Throws
// SetError.
Time take_release_time(Envelope& envelope, const SubmissionRules& rules, Time now);

}  // namespace waxseal::jmapd
