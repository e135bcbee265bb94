// Authentication-Results, method "smime" (RFC 8601, RFC 7281; verification.md section 9).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mime/header.h"
#include "smime/facts.h"
#include "smime/judge.h"

namespace waxseal::authres {

struct Options {
  std::string authserv_id;            // AR-01
  std::vector<std::string> own_ids;   // further ids whose fields are removed (ar_own_ids)
  bool remove_smime_only = false;     // AR-13
  bool emit_none = false;             // ar_none
  bool details = true;                // ar_details
  bool smtputf8 = false;              // of this transaction (AR-04)
};

// AR-06: highest of fail > neutral > permerror > policy > temperror; kPass only for kVerified; kNone for kNone and kUnknown.
smime::ArResult result_of(const smime::Verdict&);
std::string_view result_token(smime::ArResult);  // "pass", "fail", ...

// Field value without the name, folded with "\n\t" (AR-02), e.g. " mx.example.net;\n\tsmime=pass ..." with its leading space.
// nullopt: no field is added (unsigned mail and !emit_none).
std::optional<std::string> field_value(const smime::Facts&, const smime::Verdict&, const Options&);

// AR-10, AR-11: is this field one that claims to be ours and must go?
bool claims_to_be_ours(Octets raw_value, const Options&);

// LMTP (AR-16): the message without forged fields and with our field on top of it, everything else byte for byte.
std::string rewrite_header(Octets message, const std::optional<std::string>& our_field_value, const Options&);

}  // namespace waxseal::authres
