// The arguments that Email/get and Email/parse share: what to show of each email (RFC 8621 sections 4.2, 4.9).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jmapd/arguments.h"
#include "jmapd/email_properties.h"
#include "jmapd/method.h"

namespace waxseal::jmapd {

// What the request's `using` makes of the S/MIME properties and conditions.
SmimeVerify smime_verify_of(const Call& call);

// `properties`: nullopt is the default of Email/get.  Throws invalidArguments.
EmailSelection read_email_selection(const Call& call, const Arguments& arguments,
                                    const std::optional<std::vector<std::string>>& properties);

// Octets of all messages that one call may have to parse (rule R29).
inline constexpr std::size_t kMaxOctetsToParse = 128 * 1024 * 1024;
// Throws requestTooLarge.
[[noreturn]] void refuse_octets();
// The same if these are larger together; one message alone is always served.
void check_octets(const std::vector<store::EmailRow>& rows);

}  // namespace waxseal::jmapd
