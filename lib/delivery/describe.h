// Words for logs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delivery/deliver.h"

namespace waxseal::delivery {

std::string_view outcome_token(Delivered::Outcome outcome);  // "stored", "already_stored", "over_quota", "failed"
std::string status_name(const smime::Verdict& verdict);      // "signed/verified", ...; "none" for unsigned mail
std::string code_names(const smime::Verdict& verdict);       // "cert_expired,from_mismatch"

}  // namespace waxseal::delivery
