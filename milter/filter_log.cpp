#include "milter/filter_log.h"

#include "delivery/describe.h"
#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::milter {

void log_checked(const std::string& queue_id, const Message& message, const std::optional<delivery::Judged>& judged) {
  if (!judged) return;  // said already, with the reason
  service::count_verdict(judged->at_delivery);
  service::log_info("checked", {{"queue_id", queue_id},
                                {"from", message.sender()},
                                {"smime", delivery::status_name(judged->at_delivery)},
                                {"codes", delivery::code_names(judged->at_delivery)}});
}

void log_stored(const std::string& queue_id, const Message& message, const delivery::Prepared& prepared,
                const std::vector<delivery::Recipient>& recipients, const std::vector<delivery::Delivered>& results) {
  const auto& ids = prepared.summary.message_id;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const delivery::Delivered& result = results[i];
    const bool failed = result.outcome == delivery::Delivered::Outcome::kFailed;
    service::metrics().add(service::Metric::kDeliveries, {delivery::outcome_token(result.outcome)});
    service::log(failed ? service::Level::kWarn : service::Level::kInfo, "delivery",
                 {{"queue_id", queue_id},
                  {"message_id", ids.empty() ? std::string() : ids.front()},
                  {"from", message.sender()},
                  {"to", recipients[i].address},
                  {"outcome", std::string(delivery::outcome_token(result.outcome))},
                  {"email", failed ? std::string() : std::to_string(result.email.value)},
                  {"smime", delivery::status_name(prepared.judged.at_delivery)},
                  {"codes", delivery::code_names(prepared.judged.at_delivery)},
                  {"size", std::to_string(prepared.octets.size())},
                  {"ms", std::to_string(result.took.count())},
                  {"error", result.why}});
  }
}

}  // namespace waxseal::milter
