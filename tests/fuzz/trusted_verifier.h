// The whole verifier with anchors under which the seeds of the corpus verify, and the test that nobody forges: the keys
// exist nowhere any more, so whatever is signed/verified must be a content that a seed carries, from its sender.
#pragma once

#include "smime/verifier.h"

namespace waxseal::fuzz {

smime::Verification verify(Octets message);
Time verification_time();

// As a message of the sender of the seeds.
std::string as_opaque_message(Octets cms);
std::string as_detached_message(Octets cms);  // over kDetachedContent

inline constexpr Octets kDetachedContent = "Content-Type: text/plain\r\n\r\nHello Bob,\r\n\r\nthis is signed.\r\n";

void require_no_forgery(Octets message, const smime::Verification&);

// File of tests/fuzz/corpus.
std::string corpus_file(const std::string& name);

}  // namespace waxseal::fuzz
