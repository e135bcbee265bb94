// Authentication-Results, method "smime" (RFC 8601, RFC 7281; verification.md section 9).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/octets.h"
#include "smime/facts.h"
#include "smime/judge.h"

namespace waxseal::authres {

struct Options {
  std::string authserv_id;           // AR-01
  std::vector<std::string> own_ids;  // further ids whose fields are removed (ar_own_ids)
  bool remove_smime_only = false;    // AR-13
  bool emit_none = false;            // ar_none
  bool details = true;               // ar_details
  bool smtputf8 = false;             // of this transaction (AR-04)
  bool status_field = false;         // add X-SMIME-Status
};

// AR-06: highest of fail > neutral > permerror > policy > temperror; kPass only for kVerified; kNone for kNone and
// kUnknown.
smime::ArResult result_of(const smime::Verdict&);
std::string_view result_token(smime::ArResult);  // "pass", "fail", ...

// Field value without the name, folded with "\n\t" (AR-02), e.g. " mx.example.net;\n\tsmime=pass ..." with its leading
// space. Only printable ASCII (UTF-8 with Options::smtputf8), tab and that fold; every line at most 998 octets (R8).
// `signer`: the certificate that verdict.signer names, for body.smime-serial and -issuer (AR-03); may be nullptr.
// nullopt: no field is added (unsigned mail and !emit_none).
std::optional<std::string> field_value(const smime::Facts&, const smime::Verdict&, const Options&,
                                       const smime::Certificate* signer = nullptr);

inline constexpr std::string_view kFieldName = "Authentication-Results";

// What Apache James writes for clients that know no RFC 7281: "Good signature", "Bad signature", "Not signed" for
// S/MIME that is not signed.  Empty for other mail, and for a verdict that is not reached yet: the field is left out.
inline constexpr std::string_view kStatusFieldName = "X-SMIME-Status";
std::string_view status_words(const smime::Verdict&);

// AR-10, AR-11: is this field one that claims to be ours and must go?  With remove_smime_only: and reports smime
// (AR-13). In doubt, yes.
bool claims_to_be_ours(Octets raw_value, const Options&);

// The field of that name and value must go: Authentication-Results that claims to be ours, or any X-SMIME-Status
// (AR-14): whoever reads that believes it whatever server added it.
bool is_forged(std::string_view name, Octets raw_value, const Options&);

// Where in `message` the fields are that must go, in order; each range ends after the field's line break.
std::vector<Range> forged_fields(Octets message, const Options&);

// The whole field as it stands in a message: name, colon, `value` with its folds as CRLF, CRLF.
std::string field_lines(std::string_view value, std::string_view name = kFieldName);

}  // namespace waxseal::authres
