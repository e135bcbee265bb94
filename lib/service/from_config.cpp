// What other libraries take as their own options, made of the configuration.

#include "service/lifecycle.h"

namespace waxseal::service {

Result<smime::Policy> policy_of(const Config& config) {
  smime::Policy policy;
  for (const auto& [knob, value] : config.verify)
    if (const auto set = policy.set(knob, value); !set) return unexpected("[verify]: " + set.error());
  if (config.revocation.mode != "off")
    return unexpected("revocation.mode \"" + config.revocation.mode +
                      "\" is not available in this version; write \"off\"");
  return policy;
}

store::DatabaseOptions database_options(const Config& config) {
  store::DatabaseOptions options;
  options.url = config.database.url;
  options.pool_size = config.database.pool_size;
  options.statement_timeout = Seconds(config.database.statement_timeout_seconds);
  return options;
}

}  // namespace waxseal::service
