// The message text between 354 and its end, found by an automaton over octets that does not care where packets end
// (rule R1).
//
// The end is CRLF "." CRLF and nothing else.  A bare CR or LF makes the message faulty; reading goes on to the true
// end, so that what stands behind a false end is never taken for a command (SMTP smuggling).
#pragma once

#include <cstddef>
#include <string>

#include "base/octets.h"
#include "delivery/spool.h"

namespace waxseal::lmtp {

class DataReader {
 public:
  enum class Fault { kNone, kBareLineEnd, kTooLarge, kSpoolFailed };

  // A text of more than `limit` octets (as RFC 1870 counts them: dots removed, line ends included) is kTooLarge.
  explicit DataReader(std::size_t limit) : limit_(limit) {}

  // Appends the text to `out` with the dots of RFC 5321 section 4.5.2 removed.  Returns how many octets were used: all
  // of them, or fewer when the end was among them.  After a fault nothing more is appended, and the end is still found.
  std::size_t feed(Octets in, delivery::Spool& out);

  bool done() const { return state_ == State::kDone; }
  Fault fault() const { return fault_; }
  const std::string& spool_error() const { return spool_error_; }

 private:
  enum class State { kLineStart, kText, kCr, kDot, kDotCr, kDone };

  State after(char c);
  void emit(Octets text, delivery::Spool& out);
  void bare_line_end();

  State state_ = State::kLineStart;
  Fault fault_ = Fault::kNone;
  std::size_t limit_;
  std::size_t size_ = 0;
  std::string spool_error_;
};

}  // namespace waxseal::lmtp
