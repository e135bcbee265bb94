// Relay: the message is verified, where wanted stored, and passed on to another LMTP server, whose answers are given
// back.
//
//   1. MAIL and RCPT at the next hop.  Whom it refuses is refused with its words, and nothing is stored for him.
//   2. A copy for each accepted recipient who has an account here.  Where copies are required and one cannot be stored,
//      that recipient is answered 451 (or about his quota) and taken out: the next hop does not get the message for
//      him.
//   3. The message at the next hop.  Its answer for each recipient is ours.
//
// An MTA that tries again therefore finds a copy that is stored already, and stores none twice; only a next hop that
// took the message and did not say so gets it again.
#pragma once

#include "lmtp/next_hop.h"
#include "lmtp/store_sink.h"

namespace waxseal::lmtp {

enum class Copies { kRequired, kOptional, kNone };

struct RelaySinkOptions : StoreSinkOptions {
  Copies copies = Copies::kRequired;
  NextHopOptions next_hop;
};

class RelaySink final : public MessageSink {
 public:
  RelaySink(store::Database&, const Clock&, RelaySinkOptions);

  // Every recipient is the next hop's to judge; only what is known to fail now is refused (451).
  Found find_recipient(const std::string& address) noexcept override;
  std::vector<Reply> deliver(const Delivery& delivery) override;

 private:
  store::Database& database_;
  RelaySinkOptions options_;
  Inspector inspector_;
  NextHop next_hop_;
};

}  // namespace waxseal::lmtp
