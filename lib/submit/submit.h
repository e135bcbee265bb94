// One message to the relay (RFC 5321, RFC 6409).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "submit/relay_connection.h"

namespace waxseal::submit {

// A path of the envelope.  Preconditions: valid_address(), or empty for the sender; parameters as valid_parameter().
struct Address {
  std::string email;
  std::map<std::string, std::optional<std::string>> parameters;  // decoded
};

// RFC 5321 section 4.1.2 Mailbox, with the lengths of 4.5.3.1 and the letters of RFC 6531; no source route.
bool valid_address(std::string_view email);
// A keyword of RFC 5321 section 4.1.2, and a value that can be sent.
bool valid_parameter(std::string_view name, const std::optional<std::string>& value);

struct Message {
  Address from;
  std::vector<Address> to;
  Octets octets;  // line ends are made CRLF on the way, dots are stuffed
};

enum class Fate {
  kTaken,    // the relay has it
  kRefused,  // for good
  kLater,    // try again
};
struct Recipient {
  Fate fate = Fate::kLater;
  std::string reply;  // DeliveryStatus.smtpReply
};
struct Outcome {
  std::vector<Recipient> recipients;  // one for each of Message::to
  // The message was handed over, and whether the relay took it is not known: its answer did not come.
  bool in_doubt = false;
};
// Never throws but for want of memory.
Outcome submit(const RelayOptions& options, const Message& message);

// What goes over the wire behind DATA, with the final dot.
std::string as_data(Octets message);

}  // namespace waxseal::submit
