// One LMTP dialogue as a state machine over octets: no sockets, no threads, no clock but the one given.
#pragma once

#include <string>

#include "base/octets.h"
#include "lmtp/verb.h"

namespace waxseal::lmtp {

inline constexpr std::size_t kMaxCommandOctets = 2048;  // with CRLF (rule R5; RFC 5321 section 4.5.3.1.4 asks for 512)
inline constexpr int kMaxBadCommands = 20;              // then 421 (rule R5)
// ... and 421 after so many commands without a message, beside one RCPT per possible recipient.
inline constexpr std::size_t kMaxIdleCommands = 200;
inline constexpr std::size_t kMaxPendingOutput =
    64 * 1024;  // no further command while the peer does not read (rule R5)

class Session {
 public:
  // `peer`: who connected; without an IP address it is somebody on this machine.
  Session(ServiceSource service, const Clock& clock, const sockaddr_storage& peer = {});

  // Takes as much of `in` as it wants now and returns how much that was; answers wait in output().  It stops early when
  // too much output waits (call again when it was sent) or when the session is closed.
  std::size_t feed(Octets in);

  std::string& output() { return output_; }  // the caller removes what it has sent
  bool closed() const { return closed_; }    // send output(), then disconnect
  // Between 354, or the first BDAT, and the end of the text.
  bool receiving() const { return dialogue_.transaction && dialogue_.transaction->data; }
  // When a transaction that is still open then has taken too long.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;

  // 421 and closed; the transaction, if any, is gone.
  void close(const std::string& enhanced, const std::string& text);

 private:
  std::size_t feed_command(Octets in);
  std::size_t feed_data(Octets in);
  std::size_t feed_chunk(Octets in);
  void finish_chunk();
  void take_line(std::string_view line);
  void answer(const Reply& reply);
  void finish_text();
  void count_command();

  Dialogue dialogue_;
  std::string line_;            // a command whose end has not come yet
  bool line_too_long_ = false;  // skipping to its end
  std::string output_;
  int bad_commands_ = 0;
  std::size_t idle_commands_ = 0;  // since the last message
  bool closed_ = false;
};

}  // namespace waxseal::lmtp
