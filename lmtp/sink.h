// What a session needs from the world: who is a recipient here, and somebody who judges and stores.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "delivery/deliver.h"
#include "delivery/spool.h"
#include "lmtp/forwarded.h"
#include "lmtp/reply.h"
#include "service/lifecycle.h"

namespace waxseal::lmtp {

// A complete message with its envelope.
struct Delivery {
  std::string id;                               // of the transaction, for people
  Forwarded forwarded;                          // whom the MTA has it from
  std::string sender;                           // Address::text()
  std::vector<delivery::Recipient> recipients;  // as accepted, repeated ones too (rule R4)
  bool smtputf8 = false;
  Time received_at;
  std::chrono::milliseconds receiving{0};  // from the first octet of the text to the last
  std::size_t trace_octets = 0;            // the first octets of the spool are our trace fields
  delivery::Spool* spool = nullptr;        // trace fields, then exactly what the client sent
};

class MessageSink {
 public:
  virtual ~MessageSink() = default;

  enum class Lookup { kUnavailable, kUnknown, kOurs };
  struct Found {
    Lookup lookup = Lookup::kUnavailable;
    AccountId account;     // {}: not an account here, but the next hop will know
    Reply why = kNoReply;  // kUnavailable: what to answer; kNoReply: kStoreUnavailable
  };
  // Never throws: whatever goes wrong is kUnavailable.
  virtual Found find_recipient(const std::string& address) noexcept = 0;

  // One reply per recipient, in order.  250 only when the message is safe: after our commit (G1), or after the next
  // hop's own 250.
  virtual std::vector<Reply> deliver(const Delivery& delivery) = 0;
};

inline const Reply kStoreUnavailable{451, "4.3.0", "mail store not available, try again later", {}};

// What a reload replaces as a whole; a transaction keeps the one that it began with.
struct Service {
  std::string hostname;
  std::size_t max_message_octets = 100u << 20;
  std::size_t max_recipients = 1000;
  std::chrono::seconds message_timeout{3600};  // from MAIL to the end of the text
  delivery::SpoolOptions spool;
  service::ClientList xforward_clients;
  std::shared_ptr<MessageSink> sink;
};
using ServiceSource = std::function<std::shared_ptr<const Service>()>;

}  // namespace waxseal::lmtp
