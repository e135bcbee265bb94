#include "lmtp/relay_sink.h"

#include "lmtp/delivery_log.h"
#include "lmtp/passage.h"
#include "service/metrics.h"

namespace waxseal::lmtp {

namespace {

std::string_view relay_outcome(const Reply& reply) {
  if (reply.positive()) return "accepted";
  if (reply.enhanced.starts_with("4.4.")) return "unreachable";
  return reply.code >= 500 ? "refused" : "deferred";
}

}  // namespace

RelaySink::RelaySink(store::Database& database, const Clock& clock, RelaySinkOptions options)
    : database_(database),
      options_(std::move(options)),
      inspector_(database, clock, options_),
      next_hop_(options_.next_hop) {}

MessageSink::Found RelaySink::find_recipient(const std::string& address) noexcept {
  if (next_hop_.resting()) return {Lookup::kUnavailable, {}, kNextHopUnavailable};
  if (options_.copies == Copies::kNone) return {Lookup::kOurs, {}};
  const Found found = find_account(database_, address, options_.recipient_delimiters);
  if (found.lookup == Lookup::kUnavailable && options_.copies == Copies::kRequired) return found;
  return {Lookup::kOurs, found.account};
}

std::vector<Reply> RelaySink::deliver(const Delivery& delivery) {
  const Inspected inspected = inspector_.inspect(delivery);
  const auto start = std::chrono::steady_clock::now();
  Passage passage(delivery, inspected, options_, inspector_.pipeline(), next_hop_);
  passage.run();
  const auto took = std::chrono::steady_clock::now() - start;
  service::metrics().observe(service::Metric::kStepSeconds, {"relay"}, took);
  const DeliveryLog log(delivery, inspected);
  for (std::size_t i = 0; i < delivery.recipients.size(); ++i) {
    const Reply& reply = passage.replies()[i];
    service::metrics().add(service::Metric::kRelayRecipients, {relay_outcome(reply)});
    log.recipient(i, passage.stored(i), reply, std::chrono::duration_cast<std::chrono::milliseconds>(took));
  }
  return passage.replies();
}

}  // namespace waxseal::lmtp
