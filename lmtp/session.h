// One LMTP dialogue as a state machine over octets: no sockets, no threads, no clock but the one given.
#pragma once

#include <string>

#include "base/octets.h"
#include "lmtp/verb.h"

namespace waxseal::lmtp {

inline constexpr std::size_t kMaxCommandOctets = 2048;  // with CRLF (rule R5; RFC 5321 section 4.5.3.1.4 asks for 512)
inline constexpr int kMaxBadCommands = 20;              // then 421 (rule R5)
inline constexpr std::size_t kMaxPendingOutput =
    64 * 1024;  // no further command while the peer does not read (rule R5)

class Session {
 public:
  Session(ServiceSource service, const Clock& clock);

  // Takes as much of `in` as it wants now and returns how much that was; answers wait in output().  It stops early when
  // too much output waits (call again when it was sent) or when the session is closed.
  std::size_t feed(Octets in);

  std::string& output() { return output_; }                                   // the caller removes what it has sent
  bool closed() const { return closed_; }                                     // send output(), then disconnect
  bool receiving() const { return dialogue_.next == Dialogue::Next::kData; }  // between 354 and the end of the text

  // 421 and closed; the transaction, if any, is gone.
  void close(const std::string& enhanced, const std::string& text);

 private:
  std::size_t feed_command(Octets in);
  std::size_t feed_data(Octets in);
  void take_line(std::string_view line);
  void answer(const Reply& reply);
  void finish_data();

  Dialogue dialogue_;
  std::string line_;            // a command whose end has not come yet
  bool line_too_long_ = false;  // skipping to its end
  std::string output_;
  int bad_commands_ = 0;
  bool closed_ = false;
};

}  // namespace waxseal::lmtp
