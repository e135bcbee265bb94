#include "lmtp/store_sink.h"

#include "delivery/deliver.h"
#include "delivery/rewrite.h"
#include "lmtp/delivery_log.h"
#include "service/log.h"
#include "store/accounts.h"

namespace waxseal::lmtp {

StoreSink::StoreSink(store::Database& database, const Clock& clock, StoreSinkOptions options)
    : database_(database),
      options_(std::move(options)),
      verifier_(options_.policy),
      pipeline_(database, verifier_, clock) {}

MessageSink::Found StoreSink::find_recipient(const std::string& address) noexcept {
  try {
    const auto account = store::find_recipient(database_, address);
    return account ? Found{Lookup::kOurs, *account} : Found{Lookup::kUnknown, {}};
  } catch (const std::exception& error) {
    service::log_warn("recipient_lookup_failed", {{"recipient", address}, {"error", error.what()}});
    return {};
  }
}

std::vector<delivery::Delivered> StoreSink::store(const Delivery& delivery, delivery::Judged judged, Octets stored,
                                                  Octets received) {
  const delivery::Prepared prepared = delivery::Pipeline::prepare(std::move(judged), stored);
  auto results = delivery::deliver(pipeline_, prepared, delivery.sender, delivery.recipients, received);
  log_delivery(delivery, prepared, results);
  return results;
}

std::vector<delivery::Delivered> StoreSink::deliver(const Delivery& delivery) {
  const Octets all = delivery.spool->view();
  const Octets received = all.substr(delivery.trace_octets);
  delivery::Judged judged = pipeline_.judge(all, delivery.received_at);
  if (!options_.authentication_results) return store(delivery, std::move(judged), all, received);

  authres::Options options = options_.authres;
  options.smtputf8 = delivery.smtputf8;
  const std::string field = delivery::result_field(judged, options);
  const auto forged = authres::forged_fields(received, options);
  if (field.empty() && forged.empty()) return store(delivery, std::move(judged), all, received);
  delivery::Rewritten rewritten = delivery::rewrite(pipeline_, judged, all.substr(0, delivery.trace_octets), field,
                                                    received, forged, options_.spool);
  return store(delivery, std::move(rewritten.judged), rewritten.spool.view(), received);
}

}  // namespace waxseal::lmtp
