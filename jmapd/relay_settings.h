// The [submission] section of the configuration.
#pragma once

#include "jmapd/submission_rules.h"
#include "service/config.h"
#include "submit/relay_connection.h"

namespace waxseal::jmapd {

// With an empty host if there is no relay.  The error says what to do next.
Result<submit::RelayOptions> relay_options(const service::Config& config);

SubmissionRules submission_rules(const service::Config& config);

}  // namespace waxseal::jmapd
