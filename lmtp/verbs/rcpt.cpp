#include "base/text.h"
#include "lmtp/parameters.h"
#include "lmtp/verb.h"

namespace waxseal::lmtp {

namespace {

Reply look_up(Transaction& transaction, const std::string& address) {
  const MessageSink::Found found = transaction.service->sink->find_recipient(address);
  switch (found.lookup) {
    case MessageSink::Lookup::kOurs:
      transaction.recipients.push_back({address, found.account});
      return {250, "2.1.5", "recipient ok"};
    case MessageSink::Lookup::kUnknown:
      return {550, "5.1.1", "no such mailbox here"};
    case MessageSink::Lookup::kUnavailable:
      break;
  }
  return found.why.none() ? kStoreUnavailable : found.why;
}

}  // namespace

Reply rcpt(Dialogue& dialogue, std::string_view argument) {
  Transaction& transaction = *dialogue.transaction;
  if (transaction.data) return {503, "5.5.1", "BDAT has begun: no more recipients"};
  if (!ascii_iequals(argument.substr(0, 3), "TO:")) return {501, "5.5.4", "RCPT TO:<address> expected"};
  auto path = delivery::parse_path(argument.substr(3), delivery::PathKind::kForward);
  if (!path) return {501, "5.1.3", "recipient address: " + path.error()};
  const auto parameters = parse_parameters(path->rest);
  if (!parameters) return {501, "5.5.4", parameters.error()};
  if (!parameters->empty()) return {555, "5.5.4", "parameter not supported"};
  if (!transaction.smtputf8 && !path->address.ascii()) return {553, "5.6.7", "address needs SMTPUTF8"};
  if (transaction.recipients.size() >= transaction.service->max_recipients)
    return {452, "4.5.3", "too many recipients"};
  // RFC 5321 section 4.5.1: <Postmaster> without a domain is the one of this host.
  if (path->address.domain.empty()) path->address.domain = transaction.service->hostname;
  return look_up(transaction, path->address.text());
}

}  // namespace waxseal::lmtp
