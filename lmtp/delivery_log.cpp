#include "lmtp/delivery_log.h"

#include <algorithm>

#include "base/text.h"
#include "delivery/describe.h"
#include "mime/header.h"
#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::lmtp {

using delivery::Delivered;

std::string queue_id_of(Octets received) {
  const mime::Header header = mime::read_header(received);
  const mime::Field* const field = header.first("Received");
  if (field == nullptr) return {};
  std::string text = mime::unfold(field->value);
  std::replace(text.begin(), text.end(), '\t', ' ');
  constexpr std::string_view kKeyword = " id ";
  const auto at = text.find(kKeyword);
  if (at == std::string::npos) return {};
  const std::string_view rest = trim(std::string_view(text).substr(at + kKeyword.size()));
  return std::string(rest.substr(0, std::min<std::size_t>(rest.find_first_of(" ;"), 64)));
}

DeliveryLog::DeliveryLog(const Delivery& delivery, const Inspected& inspected)
    : delivery_(delivery), inspected_(inspected), queue_id_(queue_id_of(inspected.received)) {
  const auto& ids = inspected.prepared.summary.message_id;
  if (!ids.empty()) message_id_ = ids.front();
}

void DeliveryLog::recipient(std::size_t index, const Delivered* stored, const Reply& reply,
                            std::optional<std::chrono::milliseconds> relaying) const {
  const smime::Verdict& verdict = inspected_.prepared.judged.at_delivery;
  const std::string outcome = stored ? std::string(delivery::outcome_token(stored->outcome)) : "not_stored";
  service::metrics().add(service::Metric::kDeliveries, {outcome});
  if (stored) service::metrics().observe(service::Metric::kStepSeconds, {"store"}, stored->took);
  service::log(reply.positive() ? service::Level::kInfo : service::Level::kWarn, "delivery",
               {{"id", delivery_.id},
                {"queue_id", queue_id_},
                {"message_id", message_id_},
                {"client", delivery_.forwarded.client()},
                {"helo", delivery_.forwarded.helo},
                {"from", delivery_.sender},
                {"to", delivery_.recipients[index].address},
                {"outcome", outcome},
                {"reply", std::to_string(reply.code) + ' ' + reply.enhanced},
                {"email", stored && stored->stored() ? std::to_string(stored->email.value) : std::string()},
                {"smime", delivery::status_name(verdict)},
                {"codes", delivery::code_names(verdict)},
                {"size", std::to_string(inspected_.received.size())},
                {"receive_ms", std::to_string(delivery_.receiving.count())},
                {"judge_ms", std::to_string(inspected_.judging.count())},
                {"store_ms", stored ? std::to_string(stored->took.count()) : std::string()},
                {"relay_ms", relaying ? std::to_string(relaying->count()) : std::string()},
                {"error", stored ? stored->why : std::string()}});
}

}  // namespace waxseal::lmtp
