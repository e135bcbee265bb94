#include "lmtp/store_sink.h"

#include "delivery/deliver.h"
#include "lmtp/delivery_log.h"
#include "service/log.h"
#include "service/metrics.h"
#include "store/accounts.h"

namespace waxseal::lmtp {

MessageSink::Found find_account(store::Database& database, const std::string& address,
                                const std::string& delimiters) noexcept {
  try {
    const auto account = store::find_recent_recipient(database, address, delimiters);
    if (!account) return {MessageSink::Lookup::kUnknown, {}};
    return {MessageSink::Lookup::kOurs, *account};
  } catch (const std::exception& error) {
    service::log_warn("recipient_lookup_failed", {{"recipient", address}, {"error", error.what()}});
    return {};
  }
}

StoreSink::StoreSink(store::Database& database, const Clock& clock, StoreSinkOptions options)
    : database_(database), options_(std::move(options)), inspector_(database, clock, options_) {}

MessageSink::Found StoreSink::find_recipient(const std::string& address) noexcept {
  return find_account(database_, address, options_.recipient_delimiters);
}

std::vector<Reply> StoreSink::deliver(const Delivery& delivery) {
  const Inspected inspected = inspector_.inspect(delivery);
  const auto results = delivery::deliver(inspector_.pipeline(), inspected.prepared, delivery.sender,
                                         delivery.recipients, inspected.received);
  std::vector<Reply> replies;
  DeliveryLog log(delivery, inspected);
  for (std::size_t i = 0; i < results.size(); ++i) {
    replies.push_back(reply_for(results[i], delivery.id, options_.on_quota));
    log.recipient(i, &results[i], replies.back());
  }
  return replies;
}

}  // namespace waxseal::lmtp
