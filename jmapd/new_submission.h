// One create of EmailSubmission/set: whether it may be sent, by whom, to whom and when (RFC 8621 section 7.5).
#pragma once

#include "jmapd/set_request.h"
#include "jmapd/submission_address.h"

namespace waxseal::jmapd {

// Throws SetError.
store::NewSubmission prepare_submission(const Call& call, AccountId account, const Json& object);

// The octets that go out: without Bcc, and Resent-Bcc.
std::string without_bcc(std::string octets);

}  // namespace waxseal::jmapd
