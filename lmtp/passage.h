// One message on its way through the relay: the three steps of relay_sink.h.
#pragma once

#include <optional>
#include <vector>

#include "lmtp/relay_sink.h"

namespace waxseal::lmtp {

inline const Reply kNextHopUnavailable{451, "4.4.1", "the next hop is not available, try again later", {}};

class Passage {
 public:
  Passage(const Delivery&, const Inspected&, const RelaySinkOptions&, delivery::Pipeline&, NextHop&);

  void run();

  const std::vector<Reply>& replies() const { return replies_; }  // one per recipient of the delivery
  // nullptr: there was no copy to be stored for him.
  const delivery::Delivered* stored(std::size_t recipient) const {
    return stored_[recipient] ? &*stored_[recipient] : nullptr;
  }

 private:
  using Indexes = std::vector<std::size_t>;  // of recipients

  Indexes begin(NextHopClient& client, const Indexes& recipients);
  Indexes open(Indexes recipients);
  Indexes store(const Indexes& recipients);
  void hand_over(const Indexes& recipients);
  void answer(const Indexes& recipients, const Reply& reply);

  const Delivery& delivery_;
  const Inspected& inspected_;
  const RelaySinkOptions& options_;
  delivery::Pipeline& pipeline_;
  NextHop& next_hop_;
  Octets octets_;  // for the next hop
  std::unique_ptr<NextHopClient> client_;
  std::vector<Reply> replies_;
  std::vector<std::optional<delivery::Delivered>> stored_;
};

}  // namespace waxseal::lmtp
