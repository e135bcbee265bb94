// The error catalogue (verification.md section 6).  Codes are stable API for logs, metrics, Authentication-Results and
// the database; their order here is the order of smimeErrors (ERR-03).  One table in code.cpp: name, phase, severity,
// A-R, text.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace waxseal::smime {

enum class Code : short {  // the number is stored: append to code_table, never renumber
#define WAXSEAL_CODE(number, name, phase, severity, ar, text) name = number,
#include "smime/code_table.inc"
#undef WAXSEAL_CODE
};

enum class Phase { kMime, kCms, kSignature, kPath, kRevocation, kIdentity, kInternal };
enum class Severity { kInfo, kWarn, kFatal };
// Result of Authentication-Results method "smime" (RFC 7281, verification.md 9.2).
enum class ArResult { kNone, kPass, kFail, kPolicy, kNeutral, kPermError, kTempError };

struct CodeRow {
  Code code;
  std::string_view name;  // "cert_expired"
  Phase phase;
  Severity severity;      // default; Policy may change it
  ArResult ar;            // kNone for codes that never reach A-R
  std::string_view text;  // English, ERR-04
};

const CodeRow& row(Code code);
const std::vector<CodeRow>& all_codes();  // catalogue order
std::optional<Code> code_named(std::string_view name);
std::optional<Code> code_numbered(int number);
// The code says that revocation of a certificate could not be determined (REV-01, 3.7): fatal or not by mode; a verdict
// at delivery with no other fatal code is pending (TIM-05).
bool is_undetermined(Code code);
// Catalogue order, duplicates removed (ERR-03).
void sort_codes(std::vector<Code>& codes);

}  // namespace waxseal::smime
