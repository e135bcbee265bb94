// The Quota object of an account (RFC 9425): octets of mail, if a limit is set.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/quota.h"

namespace waxseal::jmapd {

inline constexpr std::string_view kQuotaId = "octets";  // the only one of an account

// The state is what it is a state of, so that every change since any state is known exactly.
std::string quota_state(const store::QuotaRow&);
std::optional<store::QuotaRow> quota_from_state(std::string_view);

}  // namespace waxseal::jmapd
