// The one pure function that folds facts and unit states into a verdict (SIG-50, SIG-60, ERR-01..05).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "smime/facts.h"
#include "smime/policy.h"
#include "smime/unit.h"

namespace waxseal::smime {

enum class Status : short {  // numbers are stored
  kNone = 0,                 // null
  kUnknown = 1,              // "unknown"
  kSigned = 2,               // "signed": not yet evaluated
  kVerified = 3,             // "signed/verified"
  kFailed = 4,               // "signed/failed"
};
std::optional<std::string_view> status_token(Status status);  // nullopt for kNone: JSON null
std::optional<Status> status_from_token(std::string_view token);

struct Verdict {
  Status status = Status::kFailed;
  std::vector<Code> codes;           // fatal and warn, catalogue order; empty unless kFailed or warnings exist
  std::vector<Code> fatal;           // the subset that made it fail
  std::optional<std::size_t> layer;  // deciding layer
  std::optional<CertId> signer;      // certificate that matched From, else the first of the deciding layer
  std::string signer_address;        // for A-R: the one that matched From, else the first; may be empty

  // What a client can see (ERR-02): codes that appear in smimeErrors; empty unless kFailed; at most kMaxVisibleCodes,
  // the last of them more_errors if there were more.
  std::vector<Code> visible_codes() const;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

using UnitStates = std::map<UnitId, UnitState>;

// A unit that is missing from `states`, or whose state is internal_error, counts as not yet evaluated: the status is
// then at best kSigned (internal_error stays in `codes` for Authentication-Results). `received_at` only matters for
// signing_time_future and, at delivery, for weak_legacy_before (2.4).
Verdict judge(const Facts& facts, const UnitStates& states, const Policy& policy, Time received_at,
              Epoch epoch = Epoch::kNow);

// TIM-05: a verdict at delivery that evidence may still change, one way or the other: nothing fatal but that revocation
// could not be determined, or an evaluation that broke.
bool awaits_evidence(const Verdict& at_delivery);

inline constexpr std::size_t kMaxVisibleCodes = 16;  // ERR-03

// smimeErrors (ERR-02..06): texts of visible_codes in the language (RFC 4647 lookup), at most 16; nullopt is JSON null.
std::optional<std::vector<std::string>> error_texts(const Verdict& verdict, std::string_view language = "en");
std::optional<std::vector<std::string>> error_texts(Status status, const std::vector<Code>& visible_codes,
                                                    std::string_view language = "en");
// The text of one code, whatever its severity (ERR-06).
std::string_view error_text(Code code, std::string_view language = "en");
// Languages that have a catalogue, as primary subtags of RFC 5646 in lower case; English, the fallback, is first.
std::span<const std::string_view> error_languages();

}  // namespace waxseal::smime
