#include "delivery/trace.h"
#include "lmtp/verb.h"

namespace waxseal::lmtp {

namespace {

std::string trace_of(const Dialogue& dialogue, const Transaction& transaction, Time now) {
  delivery::Trace trace;
  trace.sender = transaction.sender.text();
  trace.from = dialogue.peer_name;
  trace.by = transaction.service->hostname;
  trace.program = "waxseal-lmtpd";
  trace.protocol = transaction.smtputf8 ? "UTF8LMTP" : "LMTP";
  trace.id = transaction.id;
  // RFC 5321 section 7.2: "for" with several recipients would tell each of them about the others.
  if (transaction.recipients.size() == 1) trace.recipient = transaction.recipients.front().address;
  trace.date = now;
  return delivery::trace_fields(trace);
}

}  // namespace

void begin_text(Dialogue& dialogue, Transaction& transaction, std::variant<DataReader, ChunkReader> reader) {
  const Time now = dialogue.clock->now();
  const std::string trace = trace_of(dialogue, transaction, now);
  transaction.data.emplace(Transaction::Data{delivery::Spool(transaction.service->spool), trace.size(), now,
                                             std::chrono::steady_clock::now(), std::move(reader)});
  transaction.data->spool.append(trace);
}

// RFC 2033 section 4.2: 503 if no RCPT succeeded.  RFC 3030 section 2: not after BDAT.
Reply data(Dialogue& dialogue, std::string_view) {
  Transaction& transaction = *dialogue.transaction;
  if (transaction.data) return {503, "5.5.1", "BDAT has begun: no DATA"};
  if (transaction.recipients.empty()) return {503, "5.5.1", "no valid recipients"};
  begin_text(dialogue, transaction, DataReader(transaction.service->max_message_octets));
  dialogue.next = Dialogue::Next::kData;
  return {354, "", "end data with <CRLF>.<CRLF>"};
}

}  // namespace waxseal::lmtp
