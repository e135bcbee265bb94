// One connection to the next hop, as its LMTP client (RFC 2033), with pipelining (RFC 2920).
//
// Blocking, with a limit for each answer and for each time that nothing can be sent.
#pragma once

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/octets.h"
#include "base/unique_fd.h"
#include "lmtp/reply.h"

namespace waxseal::lmtp {

// The connection is of no more use; nothing was handed over.
class NextHopFailure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class NextHopClient {
 public:
  static constexpr std::size_t kMaxLineOctets = 4096;
  static constexpr std::size_t kMaxReplyLines = 100;
  static constexpr std::size_t kPipelined = 50;  // recipients at once: neither side's buffers fill up

  // Reads the greeting and says LHLO.  Throws NextHopFailure.
  NextHopClient(UniqueFd fd, const std::string& hostname, std::chrono::milliseconds timeout);
  ~NextHopClient();  // QUIT, if it is still possible

  struct Envelope {
    std::string sender;
    std::vector<std::string> recipients;
    bool smtputf8 = false;
    bool eight_bit = false;
    std::size_t size = 0;
  };
  // MAIL and RCPT; one reply per recipient (all the same where MAIL was refused).  Throws NextHopFailure.
  std::vector<Reply> begin(const Envelope& envelope);

  // The message to the `accepted` recipients of begin(); one reply for each.  Throws NextHopFailure as long as nothing
  // was handed over; afterwards missing replies are 451: what became of the message is not known.
  std::vector<Reply> send(Octets message, std::size_t accepted);

  void reset();  // RSET.  Throws NextHopFailure.

  bool broken() const { return broken_; }  // something went wrong before
  // False: the peer has closed, or speaks out of turn, or it is broken.
  bool usable();

 private:
  void write(Octets octets);
  void write_stuffed(Octets message);
  Reply read_reply();
  std::string read_line();
  Reply ask(const std::string& command);
  bool offers(const std::string& keyword) const { return extensions_.contains(keyword); }
  std::string mail_command(const Envelope& envelope) const;
  [[noreturn]] void fail(const std::string& why);

  UniqueFd fd_;
  std::chrono::milliseconds timeout_;
  std::string buffer_;
  std::set<std::string> extensions_;  // keywords, upper case
  bool broken_ = false;
};

}  // namespace waxseal::lmtp
