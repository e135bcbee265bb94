#include "lmtp/delivery_log.h"

#include "base/text.h"
#include "mime/header.h"
#include "service/log.h"

namespace waxseal::lmtp {

namespace {

using delivery::Delivered;

std::string_view outcome_token(Delivered::Outcome outcome) {
  switch (outcome) {
    case Delivered::Outcome::kStored:
      return "stored";
    case Delivered::Outcome::kAlreadyStored:
      return "already_stored";
    case Delivered::Outcome::kFailed:
      break;
  }
  return "failed";
}

std::string code_names(const std::vector<smime::Code>& codes) {
  std::string out;
  for (const smime::Code code : codes) {
    if (!out.empty()) out += ',';
    out += smime::row(code).name;
  }
  return out;
}

}  // namespace

std::string queue_id_of(Octets received) {
  const mime::Header header = mime::read_header(received);
  const mime::Field* const field = header.first("Received");
  if (field == nullptr) return {};
  const std::string text = mime::unfold(field->value);
  constexpr std::string_view kKeyword = " id ";
  const auto at = text.find(kKeyword);
  if (at == std::string::npos) return {};
  const std::string_view rest = trim(std::string_view(text).substr(at + kKeyword.size()));
  return std::string(rest.substr(0, std::min<std::size_t>(rest.find_first_of(" \t;"), 64)));
}

void log_delivery(const Delivery& delivery, const delivery::Prepared& message, const std::vector<Delivered>& results) {
  const std::string queue_id = queue_id_of(delivery.spool->view().substr(delivery.trace_octets));
  const auto& ids = message.summary.message_id;
  const smime::Verdict& verdict = message.judged.at_delivery;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Delivered& result = results[i];
    const bool failed = result.outcome == Delivered::Outcome::kFailed;
    service::log(failed ? service::Level::kWarn : service::Level::kInfo, "delivery",
                 {{"id", delivery.id},
                  {"queue_id", queue_id},
                  {"message_id", ids.empty() ? std::string() : ids.front()},
                  {"from", delivery.sender},
                  {"to", delivery.recipients[i].address},
                  {"outcome", std::string(outcome_token(result.outcome))},
                  {"email", failed ? std::string() : std::to_string(result.email.value)},
                  {"smime", std::string(smime::status_token(verdict.status).value_or("none"))},
                  {"codes", code_names(verdict.codes)},
                  {"size", std::to_string(message.octets.size())},
                  {"ms", std::to_string(result.took.count())},
                  {"error", result.why}});
  }
}

}  // namespace waxseal::lmtp
