// One message as the MTA tells it, step by step, and the octets that it makes (BYT-9).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authres/authres.h"
#include "delivery/envelope.h"
#include "delivery/spool.h"

namespace waxseal::milter {

// What an MTA would never send, with room: beyond it the message is refused instead of remembered.
inline constexpr std::size_t kMaxRecipients = 100'000;
inline constexpr std::size_t kMaxForgedFields = 10'000;

// How the MTA hands over header values.
enum class LeadingSpace {
  kKept,      // SMFIP_HDR_LEADSPC was negotiated: the value is everything behind the colon
  kStripped,  // one space is missing
};

struct MessageOptions {
  std::size_t max_octets = 100u << 20;  // above it the octets are dropped and the message is not checked
  delivery::SpoolOptions spool;
  LeadingSpace leading_space = LeadingSpace::kKept;
  std::string hostname;  // domain of recipients that have none
};

// Who the client is to the rules.
struct Standing {
  bool skipped = false;  // neither verified nor stored: no octets are kept
  bool trusted = false;  // its fields stay
};

class Message {
 public:
  // `authres` says which fields are forged; must outlive this.
  Message(MessageOptions options, const authres::Options& authres, Standing standing = {});

  // `argument` as in the SMTP command: "<local@domain>".  What is no address (Sendmail has local names) is kept as it
  // is.
  void set_sender(std::string_view argument);
  // A recipient without a domain (Sendmail's local names) is looked for in `resolved`, the MTA's {rcpt_addr}, else in
  // our own host.
  void add_recipient(std::string_view argument, std::string_view resolved = {});
  void set_smtputf8() { smtputf8_ = true; }
  void skip() { standing_.skipped = true; }
  // Folds come as LF; the octets have CRLF.
  void add_field(std::string_view name, std::string_view value);
  void add_body(Octets octets);

  const std::string& sender() const { return sender_; }
  const std::vector<std::string>& recipients() const { return recipients_; }
  bool smtputf8() const { return smtputf8_; }
  const Standing& standing() const { return standing_; }
  bool too_large() const { return too_large_; }
  bool excessive() const { return excessive_; }                  // more than kMaxRecipients or kMaxForgedFields
  std::size_t size() const { return spool_.size(); }             // of what is kept
  const std::string& message_id() const { return message_id_; }  // as written, for logs
  std::chrono::steady_clock::time_point begun() const { return begun_; }

  // Header, empty line, body: nothing but what was told.  Precondition: neither too_large() nor skipped.  Valid until
  // the message changes.
  Octets octets();
  // Fields that must go, by name, and where they are among those of that name in any case, from 1 (AR-12).
  const std::map<std::string, std::vector<int>>& forged_fields() const { return forged_fields_; }

 private:
  void append(Octets octets);
  void end_header();
  void look_at(std::string_view name, std::string_view value);

  MessageOptions options_;
  const authres::Options& authres_;
  Standing standing_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::string sender_;
  std::vector<std::string> recipients_;
  std::string message_id_;
  std::map<std::string, int> seen_;  // fields of ours that came, by name
  std::map<std::string, std::vector<int>> forged_fields_;
  std::size_t forged_ = 0;
  delivery::Spool spool_;
  bool smtputf8_ = false;
  bool header_ended_ = false;
  bool too_large_ = false;
  bool excessive_ = false;
};

}  // namespace waxseal::milter
