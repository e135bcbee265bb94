// One line per message and recipient.
#pragma once

#include <string>
#include <vector>

#include "lmtp/sink.h"

namespace waxseal::lmtp {

void log_delivery(const Delivery&, const delivery::Prepared&, const std::vector<delivery::Delivered>&);

// The id that the MTA before us wrote into the topmost Received field of `received`, as in "by mx (Postfix) with ESMTP
// id 4XYZ"; empty if there is none.
std::string queue_id_of(Octets received);

}  // namespace waxseal::lmtp
