// The message text between 354 and its end, found by an automaton over octets that does not care where packets end
// (rule R1).
//
// The end is CRLF "." CRLF and nothing else.  A bare CR or LF makes the message faulty; reading goes on to the true
// end, so that what stands behind a false end is never taken for a command (SMTP smuggling).
#pragma once

#include "lmtp/text_writer.h"

namespace waxseal::lmtp {

class DataReader {
 public:
  using Fault = TextWriter::Fault;

  explicit DataReader(std::size_t limit) : text_(limit) {}

  // Appends the text to `out` with the dots of RFC 5321 section 4.5.2 removed.  Returns how many octets were used: all
  // of them, or fewer when the end was among them.  After a fault nothing more is appended, and the end is still found.
  std::size_t feed(Octets in, delivery::Spool& out);

  bool done() const { return state_ == State::kDone; }
  Fault fault() const { return text_.fault(); }
  const TextWriter& text() const { return text_; }

 private:
  enum class State { kLineStart, kText, kCr, kDot, kDotCr, kDone };

  State after(char c);

  State state_ = State::kLineStart;
  TextWriter text_;
};

}  // namespace waxseal::lmtp
