// Final delivery: recipients from the store, one after the other, and one reply each.
#pragma once

#include <memory>

#include "lmtp/inspector.h"
#include "lmtp/store_reply.h"

namespace waxseal::lmtp {

struct StoreSinkOptions : InspectorOptions {
  std::string recipient_delimiters = "+";
  OnQuota on_quota = OnQuota::kDefer;
};

class StoreSink final : public MessageSink {
 public:
  StoreSink(store::Database&, const Clock&, StoreSinkOptions);

  Found find_recipient(const std::string& address) noexcept override;
  std::vector<Reply> deliver(const Delivery& delivery) override;

 private:
  store::Database& database_;
  StoreSinkOptions options_;
  Inspector inspector_;
};

// MessageSink::find_recipient by the store's directory.
MessageSink::Found find_account(store::Database&, const std::string& address, const std::string& delimiters) noexcept;

}  // namespace waxseal::lmtp
