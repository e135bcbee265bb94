#include "lmtp/verb.h"

namespace waxseal::lmtp {

// RFC 2033 section 4.1: the semantics of EHLO.  Extensions: RFC 2920, 2034, 6152, 6531, 3030, 1870.
Reply lhlo(Dialogue& dialogue, std::string_view argument) {
  if (!delivery::valid_domain(argument)) return {501, "5.5.4", "domain or address literal expected"};
  dialogue.transaction.reset();
  dialogue.forwarded = {};
  dialogue.peer_name = argument;
  const auto service = dialogue.service();
  const std::string size = "SIZE " + std::to_string(service->max_message_octets);
  Reply reply{
      250, "", service->hostname, {"PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "CHUNKING", size}};
  if (may_forward(dialogue)) reply.more.push_back("XFORWARD " + std::string(kForwardedAttributes));
  return reply;
}

}  // namespace waxseal::lmtp
