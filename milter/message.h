// One message as the MTA tells it, step by step, and the octets that it makes (BYT-9).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/envelope.h"
#include "delivery/spool.h"

namespace waxseal::milter {

// How the MTA hands over header values.
enum class LeadingSpace {
  kKept,      // SMFIP_HDR_LEADSPC was negotiated: the value is everything behind the colon
  kStripped,  // one space is missing
};

struct MessageOptions {
  std::size_t max_octets = 100u << 20;  // above it the octets are dropped and the message is not checked
  delivery::SpoolOptions spool;
  LeadingSpace leading_space = LeadingSpace::kKept;
};

class Message {
 public:
  explicit Message(MessageOptions options);

  // `argument` as in the SMTP command: "<local@domain>".  What is no address (Sendmail has local names) is kept as it
  // is.
  void set_sender(std::string_view argument);
  void add_recipient(std::string_view argument);
  void set_smtputf8() { smtputf8_ = true; }
  // Folds come as LF; the octets have CRLF.
  void add_field(std::string_view name, std::string_view value);
  void add_body(Octets octets);

  const std::string& sender() const { return sender_; }
  const std::vector<std::string>& recipients() const { return recipients_; }
  bool smtputf8() const { return smtputf8_; }
  bool too_large() const { return too_large_; }
  // Header, empty line, body: nothing but what was told.  Precondition: !too_large().  Valid until the message changes.
  Octets octets();
  // Values of the Authentication-Results fields in the order in which the MTA counts them, from 1 (AR-12).
  const std::vector<std::string>& result_fields() const { return result_fields_; }

 private:
  void append(Octets octets);
  void end_header();

  MessageOptions options_;
  std::string sender_;
  std::vector<std::string> recipients_;
  std::vector<std::string> result_fields_;
  delivery::Spool spool_;
  bool smtputf8_ = false;
  bool header_ended_ = false;
  bool too_large_ = false;
};

}  // namespace waxseal::milter
