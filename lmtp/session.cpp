#include "lmtp/session.h"

#include "service/log.h"

namespace waxseal::lmtp {

namespace {

using delivery::Delivered;

Reply reply_for(const Delivered& delivered, const std::string& id) {
  switch (delivered.outcome) {
    case Delivered::Outcome::kStored:
      return {250, "2.0.0", id + " stored"};
    case Delivered::Outcome::kAlreadyStored:
      return {250, "2.0.0", id + " already stored"};
    case Delivered::Outcome::kFailed:
      break;
  }
  return {451, "4.3.0", "mail store not available, try again later"};
}

// The same answer for every recipient when the text itself cannot be taken.
std::optional<Reply> refusal(DataReader::Fault fault) {
  switch (fault) {
    case DataReader::Fault::kNone:
      return std::nullopt;
    case DataReader::Fault::kBareLineEnd:
      return Reply{550, "5.6.0", "bare CR or LF in message"};
    case DataReader::Fault::kTooLarge:
      return Reply{552, "5.3.4", "message too big"};
    case DataReader::Fault::kSpoolFailed:
      break;
  }
  return Reply{451, "4.3.1", "no room for the message, try again later"};
}

void log_refusal(const Transaction& transaction, const Reply& reply) {
  service::log_warn("message_refused", {{"id", transaction.id},
                                        {"from", transaction.sender.text()},
                                        {"recipients", std::to_string(transaction.recipients.size())},
                                        {"reply", std::to_string(reply.code) + ' ' + reply.enhanced},
                                        {"reason", reply.text},
                                        {"error", transaction.data->reader.spool_error()}});
}

std::vector<Delivered> hand_over(Transaction& transaction) {
  Delivery delivery;
  delivery.id = transaction.id;
  delivery.sender = transaction.sender.text();
  delivery.recipients = transaction.recipients;
  delivery.smtputf8 = transaction.smtputf8;
  delivery.received_at = transaction.data->received_at;
  delivery.trace_octets = transaction.data->trace_octets;
  delivery.spool = &transaction.data->spool;
  try {
    return transaction.service->sink->deliver(delivery);
  } catch (const std::exception& error) {
    service::log_error("delivery_failed", {{"id", transaction.id}, {"error", error.what()}});
    return {};
  }
}

}  // namespace

Session::Session(ServiceSource service, const Clock& clock) {
  dialogue_.service = std::move(service);
  dialogue_.clock = &clock;
  output_ = Reply{220, "", dialogue_.service()->hostname + " LMTP waxseal"}.lines();
}

std::size_t Session::feed(Octets in) {
  std::size_t used = 0;
  while (used < in.size() && !closed_ && output_.size() < kMaxPendingOutput) {
    const Octets rest = in.substr(used);
    used += receiving() ? feed_data(rest) : feed_command(rest);
  }
  return used;
}

std::size_t Session::feed_command(Octets in) {
  const auto line_feed = in.find('\n');
  const std::size_t length = line_feed == Octets::npos ? in.size() : line_feed + 1;
  if (line_.size() + length > kMaxCommandOctets) line_too_long_ = true;
  if (!line_too_long_) line_ += in.substr(0, length);
  if (line_feed == Octets::npos) return length;

  std::string line;
  line.swap(line_);
  if (std::exchange(line_too_long_, false))
    answer({500, "5.5.2", "command line too long"});
  else
    take_line(line);
  return length;
}

void Session::take_line(std::string_view line) {
  // Rule R1: somebody who ends lines with LF alone may not mean by them what we read.
  if (!line.ends_with("\r\n")) {
    answer({500, "5.5.2", "bare LF in command"});
    closed_ = true;
    return;
  }
  line.remove_suffix(2);
  try {
    answer(run_command(dialogue_, line));
  } catch (const std::exception& error) {  // memory, spool directory: the world is broken, not the command
    service::log_error("command_failed", {{"error", error.what()}});
    dialogue_.transaction.reset();
    dialogue_.next = Dialogue::Next::kCommand;
    answer({451, "4.3.0", "local error, try again later"});
  }
  if (dialogue_.next == Dialogue::Next::kClose) closed_ = true;
}

void Session::answer(const Reply& reply) {
  output_ += reply.lines();
  const bool bad = (reply.code >= 500 && reply.code <= 504) || reply.code == 555;
  if (bad && ++bad_commands_ >= kMaxBadCommands) close("4.7.0", "too many bad commands");
}

std::size_t Session::feed_data(Octets in) {
  Transaction::Data& data = *dialogue_.transaction->data;
  const std::size_t used = data.reader.feed(in, data.spool);
  if (data.reader.done()) finish_data();
  return used;
}

// RFC 2033 section 4.2: one answer for each RCPT that was accepted, in their order.
void Session::finish_data() {
  dialogue_.next = Dialogue::Next::kCommand;
  Transaction transaction = std::move(*dialogue_.transaction);
  dialogue_.transaction.reset();
  if (const auto refused = refusal(transaction.data->reader.fault())) {
    log_refusal(transaction, *refused);
    for (std::size_t i = 0; i < transaction.recipients.size(); ++i) output_ += refused->lines();
    return;
  }
  std::vector<Delivered> results = hand_over(transaction);
  results.resize(transaction.recipients.size());  // whoever has no result has failed
  for (const Delivered& result : results) output_ += reply_for(result, transaction.id).lines();
}

void Session::close(const std::string& enhanced, const std::string& text) {
  dialogue_.transaction.reset();
  dialogue_.next = Dialogue::Next::kClose;
  output_ += Reply{421, enhanced, text}.lines();
  closed_ = true;
}

}  // namespace waxseal::lmtp
