#include "lmtp/delivery_log.h"

#include <algorithm>

#include "base/text.h"
#include "delivery/describe.h"
#include "mime/header.h"
#include "service/log.h"

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

void log_delivery(const Delivery& message, const delivery::Prepared& prepared, const std::vector<Delivered>& results) {
  const std::string queue_id = queue_id_of(message.spool->view().substr(message.trace_octets));
  const auto& ids = prepared.summary.message_id;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Delivered& result = results[i];
    const bool failed = result.outcome == Delivered::Outcome::kFailed;
    service::log(failed ? service::Level::kWarn : service::Level::kInfo, "delivery",
                 {{"id", message.id},
                  {"queue_id", queue_id},
                  {"message_id", ids.empty() ? std::string() : ids.front()},
                  {"from", message.sender},
                  {"to", message.recipients[i].address},
                  {"outcome", std::string(delivery::outcome_token(result.outcome))},
                  {"email", failed ? std::string() : std::to_string(result.email.value)},
                  {"smime", delivery::status_name(prepared.judged.at_delivery)},
                  {"codes", delivery::code_names(prepared.judged.at_delivery)},
                  {"size", std::to_string(prepared.octets.size())},
                  {"ms", std::to_string(result.took.count())},
                  {"error", result.why}});
  }
}

}  // namespace waxseal::lmtp
