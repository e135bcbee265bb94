#include "delivery/describe.h"

namespace waxseal::delivery {

std::string_view outcome_token(Delivered::Outcome outcome) {
  switch (outcome) {
    case Delivered::Outcome::kStored:
      return "stored";
    case Delivered::Outcome::kAlreadyStored:
      return "already_stored";
    case Delivered::Outcome::kOverQuota:
    case Delivered::Outcome::kNeverFits:
      return "over_quota";
    case Delivered::Outcome::kFailed:
      break;
  }
  return "failed";
}

std::string status_name(const smime::Verdict& verdict) {
  return std::string(smime::status_token(verdict.status).value_or("none"));
}

std::string code_names(const smime::Verdict& verdict) {
  std::string out;
  for (const smime::Code code : verdict.codes) {
    if (!out.empty()) out += ',';
    out += smime::row(code).name;
  }
  return out;
}

}  // namespace waxseal::delivery
