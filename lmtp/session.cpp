#include "lmtp/session.h"

#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::lmtp {

namespace {

using Steady = std::chrono::steady_clock;

// The same answer for every recipient when the text itself cannot be taken.
std::optional<Reply> refusal(TextWriter::Fault fault) {
  switch (fault) {
    case TextWriter::Fault::kNone:
      return std::nullopt;
    case TextWriter::Fault::kBareLineEnd:
      return Reply{550, "5.6.0", "bare CR or LF in message"};
    case TextWriter::Fault::kTooLarge:
      return Reply{552, "5.3.4", "message too big"};
    case TextWriter::Fault::kSpoolFailed:
      break;
  }
  return Reply{451, "4.3.1", "no room for the message, try again later"};
}

void log_refusal(const Transaction& transaction, const Reply& reply) {
  service::log_warn("message_refused", {{"id", transaction.id},
                                        {"client", transaction.forwarded.client()},
                                        {"from", transaction.sender.text()},
                                        {"recipients", std::to_string(transaction.recipients.size())},
                                        {"reply", std::to_string(reply.code) + ' ' + reply.enhanced},
                                        {"reason", reply.text},
                                        {"error", transaction.data->text().spool_error()}});
}

std::vector<Reply> hand_over(Transaction& transaction) {
  Delivery delivery;
  delivery.id = transaction.id;
  delivery.forwarded = transaction.forwarded;
  delivery.sender = transaction.sender.text();
  delivery.recipients = transaction.recipients;
  delivery.smtputf8 = transaction.smtputf8;
  delivery.received_at = transaction.data->received_at;
  delivery.receiving = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - transaction.data->begun);
  delivery.trace_octets = transaction.data->trace_octets;
  delivery.spool = &transaction.data->spool;
  try {
    return transaction.service->sink->deliver(delivery);
  } catch (const std::exception& error) {
    service::log_error("delivery_failed", {{"id", transaction.id}, {"error", error.what()}});
    return {};
  }
}

// MAIL, RCPT and messages; what only moves the dialogue along is not counted.
void count(const Reply& reply) {
  service::metrics().add(service::Metric::kLmtpReplies,
                         {std::to_string(reply.code) + (reply.enhanced.empty() ? "" : ' ' + reply.enhanced)});
}

std::vector<Reply> answers_to(Transaction& transaction) {
  if (const auto refused = refusal(transaction.data->text().fault())) {
    log_refusal(transaction, *refused);
    return std::vector<Reply>(transaction.recipients.size(), *refused);
  }
  const auto start = Steady::now();
  const std::size_t octets = transaction.data->spool.size() - transaction.data->trace_octets;
  service::metrics().add(service::Metric::kMessageOctets, {}, static_cast<double>(octets));
  service::metrics().observe(service::Metric::kStepSeconds, {"receive"}, start - transaction.data->begun);
  std::vector<Reply> replies = hand_over(transaction);
  service::metrics().observe(service::Metric::kStepSeconds, {"total"}, Steady::now() - start);
  replies.resize(transaction.recipients.size(), kStoreUnavailable);  // whoever has no reply has failed
  return replies;
}

}  // namespace

Session::Session(ServiceSource service, const Clock& clock, const sockaddr_storage& peer) {
  dialogue_.peer = peer;
  dialogue_.service = std::move(service);
  dialogue_.clock = &clock;
  output_ = Reply{220, "", dialogue_.service()->hostname + " LMTP waxseal"}.lines();
}

std::size_t Session::feed(Octets in) {
  std::size_t used = 0;
  while (used < in.size() && !closed_ && output_.size() < kMaxPendingOutput) {
    const Octets rest = in.substr(used);
    switch (dialogue_.next) {
      case Dialogue::Next::kData:
        used += feed_data(rest);
        break;
      case Dialogue::Next::kChunk:
        used += feed_chunk(rest);
        break;
      default:
        used += feed_command(rest);
    }
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
  count_command();
  if (closed_) return;
  try {
    answer(run_command(dialogue_, line));
  } catch (const std::exception& error) {  // memory, spool directory: the world is broken, not the command
    service::log_error("command_failed", {{"error", error.what()}});
    dialogue_.transaction.reset();
    dialogue_.next = Dialogue::Next::kCommand;
    answer({451, "4.3.0", "local error, try again later"});
  }
  if (dialogue_.next == Dialogue::Next::kClose) closed_ = true;
  if (dialogue_.next == Dialogue::Next::kChunk && dialogue_.chunk.left == 0) finish_chunk();
}

void Session::count_command() {
  const std::size_t most = kMaxIdleCommands + dialogue_.service()->max_recipients;
  if (++idle_commands_ > most) close("4.7.0", "too many commands without a message");
}

void Session::answer(const Reply& reply) {
  if (reply.none()) return;
  if (dialogue_.transaction || reply.code >= 400) count(reply);
  output_ += reply.lines();
  const bool bad = (reply.code >= 500 && reply.code <= 504) || reply.code == 555;
  if (bad && ++bad_commands_ >= kMaxBadCommands) close("4.7.0", "too many bad commands");
}

std::size_t Session::feed_data(Octets in) {
  Transaction::Data& data = *dialogue_.transaction->data;
  DataReader& reader = std::get<DataReader>(data.reader);
  const std::size_t used = reader.feed(in, data.spool);
  if (reader.done()) finish_text();
  return used;
}

std::size_t Session::feed_chunk(Octets in) {
  Dialogue::Chunk& chunk = dialogue_.chunk;
  const Octets piece = in.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk.left, in.size())));
  if (!chunk.refusal) {
    Transaction::Data& data = *dialogue_.transaction->data;
    std::get<ChunkReader>(data.reader).feed(piece, data.spool);
  }
  chunk.left -= piece.size();
  if (chunk.left == 0) finish_chunk();
  return piece.size();
}

// A chunk has one answer, the last one an answer for each recipient.
void Session::finish_chunk() {
  dialogue_.next = Dialogue::Next::kCommand;
  const Dialogue::Chunk chunk = std::exchange(dialogue_.chunk, {});
  if (chunk.refusal) return answer(*chunk.refusal);
  if (!chunk.last) {
    output_ += Reply{250, "2.0.0", "chunk received"}.lines();
    return;
  }
  std::get<ChunkReader>(dialogue_.transaction->data->reader).finish();
  finish_text();
}

// RFC 2033 section 4.2: one answer for each RCPT that was accepted, in their order.
void Session::finish_text() {
  dialogue_.next = Dialogue::Next::kCommand;
  idle_commands_ = 0;
  Transaction transaction = std::move(*dialogue_.transaction);
  dialogue_.transaction.reset();
  for (const Reply& reply : answers_to(transaction)) {
    count(reply);
    output_ += reply.lines();
  }
}

std::optional<Steady::time_point> Session::deadline() const {
  if (!dialogue_.transaction) return std::nullopt;
  return dialogue_.transaction->begun + dialogue_.transaction->service->message_timeout;
}

void Session::close(const std::string& enhanced, const std::string& text) {
  dialogue_.transaction.reset();
  dialogue_.next = Dialogue::Next::kClose;
  output_ += Reply{421, enhanced, text}.lines();
  closed_ = true;
}

}  // namespace waxseal::lmtp
