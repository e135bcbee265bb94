// What became of one recipient in our store, as a reply.
#pragma once

#include "delivery/deliver.h"
#include "lmtp/sink.h"

namespace waxseal::lmtp {

// When the account has no room: 452, and the MTA tries again for days; or 552 at once.
enum class OnQuota { kDefer, kReject };

Reply reply_for(const delivery::Delivered&, const std::string& id, OnQuota);

}  // namespace waxseal::lmtp
