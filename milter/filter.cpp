#include "milter/filter.h"

#include <algorithm>

#include "delivery/rewrite.h"
#include "delivery/trace.h"
#include "milter/filter_log.h"
#include "service/log.h"
#include "store/accounts.h"

namespace waxseal::milter {

namespace {

constexpr std::chrono::seconds kProgressInterval{10};  // of the MTA's content timeout of 300 s

std::string trace_of(const std::string& hostname, const std::string& queue_id, const Message& message,
                     const std::vector<delivery::Recipient>& recipients, Time now) {
  delivery::Trace trace;
  trace.sender = message.sender();
  trace.by = hostname;
  trace.program = "waxseal-milter";
  trace.id = queue_id;
  // RFC 5321 section 7.2: not "for" when others, ours or not, have the message too.
  if (message.recipients().size() == 1) trace.recipient = recipients.front().address;
  trace.date = now;
  return delivery::trace_fields(trace);
}

// Calls Edits::progress() at most every kProgressInterval.
class Pacer {
 public:
  explicit Pacer(Edits& edits) : edits_(edits) {}
  void operator()() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kProgressInterval) return;
    last_ = now;
    edits_.progress();
  }

 private:
  Edits& edits_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

Filter::Filter(store::Database& database, const Clock& clock, FilterOptions options)
    : database_(database),
      clock_(clock),
      options_(std::move(options)),
      verifier_(options_.policy),
      pipeline_(database, verifier_, clock),
      limiter_(std::max<std::size_t>(options_.verifications, 1)) {}

authres::Options Filter::options_for(const Message& message) const {
  authres::Options options = options_.authres;
  options.smtputf8 = message.smtputf8();
  return options;
}

// nullopt: no verdict can be had now.  Then there is no field either, rather than one that says nothing of the message.
std::optional<delivery::Judged> Filter::judge(Octets octets, const std::string& queue_id) {
  try {
    return pipeline_.judge(octets, clock_.now());
  } catch (const std::exception& error) {
    service::log_warn("not_checked", {{"queue_id", queue_id}, {"error", error.what()}});
    return std::nullopt;
  }
}

std::vector<delivery::Recipient> Filter::our_recipients(const Message& message) {
  std::vector<delivery::Recipient> ours;
  for (const std::string& address : message.recipients()) {
    if (const auto account = store::find_recipient(database_, address)) ours.push_back({address, *account});
  }
  return ours;
}

bool Filter::store_for(const std::vector<delivery::Recipient>& recipients, Message& message,
                       const delivery::Judged& judged, const std::string& queue_id, Edits& edits) {
  const authres::Options options = options_for(message);
  const Octets octets = message.octets();
  delivery::Rewritten stored = delivery::rewrite(
      pipeline_, judged, trace_of(options_.hostname, queue_id, message, recipients, judged.received_at),
      delivery::result_field(judged, options), octets, authres::forged_fields(octets, options), options_.message.spool);
  const delivery::Prepared prepared = delivery::Pipeline::prepare(std::move(stored.judged), stored.spool.view());
  const auto results = delivery::deliver(pipeline_, prepared, message.sender(), recipients, octets, Pacer(edits));
  log_stored(queue_id, message, prepared, recipients, results);
  return std::none_of(results.begin(), results.end(), [](const delivery::Delivered& result) {
    return result.outcome == delivery::Delivered::Outcome::kFailed;
  });
}

// false: at least one recipient of ours has no copy.
bool Filter::store_all(Message& message, const delivery::Judged& judged, const std::string& queue_id, Edits& edits) {
  try {
    const auto recipients = our_recipients(message);
    return recipients.empty() || store_for(recipients, message, judged, queue_id, edits);
  } catch (const std::exception& error) {
    service::log_warn("not_stored", {{"queue_id", queue_id}, {"error", error.what()}});
    return false;
  }
}

Answer Filter::edit(const Message& message, const std::optional<delivery::Judged>& judged, Edits& edits) {
  const authres::Options options = options_for(message);
  const auto& fields = message.result_fields();
  // From the last to the first: each deletion renumbers what is behind it (rule R7, AR-12).
  for (std::size_t i = fields.size(); i > 0; --i) {
    if (!authres::claims_to_be_ours(fields[i - 1], options)) continue;
    if (!edits.delete_result_field(static_cast<int>(i))) return Answer::kTempfail;
  }
  if (!judged) return Answer::kAccept;
  const auto value = authres::field_value(judged->extracted.facts, judged->at_delivery, options, judged->signer());
  // A verdict that cannot be told is no reason to keep the message from its recipient; a forged one that stays is.
  if (value && !edits.insert_result_field(*value)) service::log_warn("field_not_inserted");
  return Answer::kAccept;
}

Answer Filter::finish(Message& message, const std::string& queue_id, Edits& edits) {
  const Limiter::Place place = limiter_.enter(kProgressInterval, [&] { edits.progress(); });
  if (message.too_large()) return finish_too_large(message, queue_id, edits);
  const auto judged = judge(message.octets(), queue_id);
  const bool stored = !options_.store || (judged && store_all(message, *judged, queue_id, edits));
  if (!stored && !options_.accept_without_database) return Answer::kTempfail;
  log_checked(queue_id, message, judged);
  return edit(message, judged, edits);
}

// Above the limit nothing is checked.  A recipient of ours would have no copy and nobody would know: that is told the
// sender.
Answer Filter::finish_too_large(const Message& message, const std::string& queue_id, Edits& edits) {
  service::log_warn("not_checked", {{"queue_id", queue_id}, {"error", "larger than milter.max_message_octets"}});
  if (options_.store && !options_.accept_without_database) {
    try {
      if (!our_recipients(message).empty()) return Answer::kTooBig;
    } catch (const std::exception& error) {
      service::log_warn("not_stored", {{"queue_id", queue_id}, {"error", error.what()}});
      return Answer::kTempfail;
    }
  }
  return edit(message, std::nullopt, edits);
}

}  // namespace waxseal::milter
