#include <charconv>

#include "base/text.h"
#include "lmtp/parameters.h"
#include "lmtp/transaction_id.h"
#include "lmtp/verb.h"

namespace waxseal::lmtp {

namespace {

const Reply kBadParameter{501, "5.5.4", "parameter value not valid"};

// RFC 1870 section 6.1: size-value = 1*20DIGIT
std::optional<Reply> check_size(const Parameter& size, std::size_t limit) {
  if (!size.value || size.value->size() > 20) return kBadParameter;
  std::uint64_t octets = 0;
  const char* const end = size.value->data() + size.value->size();
  const auto [rest, error] = std::from_chars(size.value->data(), end, octets);
  if (rest != end || error == std::errc::invalid_argument) return kBadParameter;
  // A number that does not fit 64 bits is too large in any case.
  if (error == std::errc::result_out_of_range || octets > limit) return Reply{552, "5.3.4", "message too big"};
  return std::nullopt;
}

std::optional<Reply> apply(Transaction& transaction, const Parameter& parameter) {
  if (parameter.keyword == "SIZE") return check_size(parameter, transaction.service->max_message_octets);
  if (parameter.keyword == "BODY") {  // RFC 6152; the octets are stored as they come
    const std::string_view value = parameter.value ? std::string_view(*parameter.value) : std::string_view();
    if (ascii_iequals(value, "7BIT") || ascii_iequals(value, "8BITMIME")) return std::nullopt;
    return kBadParameter;
  }
  if (parameter.keyword == "SMTPUTF8") {  // RFC 6531 section 3.4: no value
    if (parameter.value) return kBadParameter;
    transaction.smtputf8 = true;
    return std::nullopt;
  }
  return Reply{555, "5.5.4", "parameter not supported"};
}

}  // namespace

Reply mail(Dialogue& dialogue, std::string_view argument) {
  if (!ascii_iequals(argument.substr(0, 5), "FROM:")) return {501, "5.5.4", "MAIL FROM:<address> expected"};
  const auto path = delivery::parse_path(argument.substr(5), delivery::PathKind::kReverse);
  if (!path) return {501, "5.1.7", "sender address: " + path.error()};
  const auto parameters = parse_parameters(path->rest);
  if (!parameters) return {501, "5.5.4", parameters.error()};

  Transaction transaction;
  transaction.service = dialogue.service();
  transaction.id = new_transaction_id();
  transaction.sender = path->address;
  for (const Parameter& parameter : *parameters) {
    if (const auto refusal = apply(transaction, parameter)) return *refusal;
  }
  if (!transaction.smtputf8 && !transaction.sender.ascii()) return {553, "5.6.7", "address needs SMTPUTF8"};
  transaction.forwarded = std::exchange(dialogue.forwarded, {});
  dialogue.transaction.emplace(std::move(transaction));
  return {250, "2.1.0", "sender ok"};
}

}  // namespace waxseal::lmtp
