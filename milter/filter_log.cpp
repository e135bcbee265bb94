#include "milter/filter_log.h"

#include "delivery/describe.h"
#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::milter {

namespace {

std::string milliseconds(Report::Steady::duration took) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
}

void count(const Message& message, const smime::Verdict* verdict, const Answer& answer, const Report& report) {
  using service::Metric;
  service::metrics().add(Metric::kMilterAnswers, {answer.words()});
  service::metrics().observe(Metric::kStepSeconds, {"receive"}, report.receive);
  service::metrics().observe(Metric::kStepSeconds, {"total"}, Report::Steady::now() - report.start);
  if (report.skipped) return;
  service::metrics().add(Metric::kMessageOctets, {}, static_cast<double>(message.size()));
  service::metrics().observe(Metric::kStepSeconds, {"wait"}, report.wait);
  service::metrics().observe(Metric::kStepSeconds, {"judge"}, report.judge);
  if (report.store.count() > 0) service::metrics().observe(Metric::kStepSeconds, {"store"}, report.store);
  if (verdict != nullptr) service::count_verdict(*verdict);
}

}  // namespace

void log_message(const std::string& queue_id, const Message& message, const smime::Verdict* verdict,
                 const Answer& answer, const Report& report) {
  count(message, verdict, answer, report);
  const bool troubled = !report.error.empty() || answer.kind == Answer::Kind::kTempfail;
  const std::string unchecked = report.skipped ? "skipped" : "not_checked";
  service::log(troubled ? service::Level::kWarn : service::Level::kInfo, "message",
               {{"queue_id", queue_id},
                {"message_id", message.message_id()},
                {"from", message.sender()},
                {"recipients", std::to_string(message.recipients().size())},
                {"stored", std::to_string(report.stored)},
                {"answer", answer.words()},
                {"smime", verdict ? delivery::status_name(*verdict) : unchecked},
                {"codes", verdict ? delivery::code_names(*verdict) : std::string()},
                {"size", std::to_string(message.size())},
                {"receive_ms", milliseconds(report.receive)},
                {"wait_ms", milliseconds(report.wait)},
                {"judge_ms", milliseconds(report.judge)},
                {"store_ms", milliseconds(report.store)},
                {"total_ms", milliseconds(Report::Steady::now() - report.start)},
                {"error", report.error}});
}

void log_stored(const std::string& queue_id, const Message& message, const delivery::Prepared& prepared,
                const std::vector<delivery::Recipient>& recipients, const std::vector<delivery::Delivered>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const delivery::Delivered& result = results[i];
    const bool failed = result.outcome == delivery::Delivered::Outcome::kFailed;
    service::metrics().add(service::Metric::kDeliveries, {delivery::outcome_token(result.outcome)});
    service::log(failed ? service::Level::kWarn : service::Level::kInfo, "delivery",
                 {{"queue_id", queue_id},
                  {"message_id", message.message_id()},
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
