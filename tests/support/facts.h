// Facts as a test reads them: one call from octets, one string per outcome.
#pragma once

#include <string>
#include <string_view>

#include "smime/facts.h"

namespace waxseal::test {

// extract_facts with a fresh cache.
smime::Extracted extract(std::string_view message, const smime::Policy& policy = {},
                         smime::CertificateSource* known = nullptr);

// "none", "unknown", or for signed messages every code with its place, e.g.
// "signed", "signed message:limit_exceeded", "signed 2:mime_part_count", "signed 2/0:digest_mismatch 2/0.0:weak_key":
// section, index of the signer, index of the candidate.  A signer none of whose candidates verifies without a code of
// its own or of theirs would be "2/0!".  Codes of severity info are left out, except those that `with_info` asks for.
enum class Infos { kLeftOut, kShown };
std::string outcome(const smime::Facts& facts, Infos infos = Infos::kLeftOut);
std::string outcome_of(std::string_view message, const smime::Policy& policy = {}, Infos infos = Infos::kLeftOut);

// The facts alone do not stand in the way of signed/verified: signed, no fatal or warning code, every signer verifies.
bool is_clean(const smime::Facts& facts);

}  // namespace waxseal::test
