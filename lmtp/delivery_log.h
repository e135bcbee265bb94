// One line per message and recipient.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lmtp/inspector.h"

namespace waxseal::lmtp {

class DeliveryLog {
 public:
  DeliveryLog(const Delivery&, const Inspected&);

  // `stored`: what became of it in our store; nullptr: it was not to be stored.  `relaying`: time at the next hop.
  void recipient(std::size_t index, const delivery::Delivered* stored, const Reply& reply,
                 std::optional<std::chrono::milliseconds> relaying = {}) const;

 private:
  const Delivery& delivery_;
  const Inspected& inspected_;
  std::string queue_id_;
  std::string message_id_;
};

// The id that the MTA before us wrote into the topmost Received field of `received`, as in "by mx (Postfix) with ESMTP
// id 4XYZ"; empty if there is none.
std::string queue_id_of(Octets received);

}  // namespace waxseal::lmtp
