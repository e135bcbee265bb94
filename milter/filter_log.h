// What the milter says about messages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delivery/deliver.h"
#include "milter/message.h"

namespace waxseal::milter {

// One line per message.
void log_checked(const std::string& queue_id, const Message&, const std::optional<delivery::Judged>&);
// One line per recipient of ours.
void log_stored(const std::string& queue_id, const Message&, const delivery::Prepared&,
                const std::vector<delivery::Recipient>&, const std::vector<delivery::Delivered>&);

}  // namespace waxseal::milter
