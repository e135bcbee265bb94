#include "store/anchor_codes.h"

#include <algorithm>

namespace waxseal::store {

bool an_anchor_may_help(const smime::Verdict& at_delivery) {
  if (at_delivery.status != smime::Status::kFailed) return false;
  return std::any_of(at_delivery.codes.begin(), at_delivery.codes.end(), [](smime::Code code) {
    const std::string_view name = smime::row(code).name;
    return name.starts_with("chain_") || name.starts_with("anchor_");
  });
}

}  // namespace waxseal::store
