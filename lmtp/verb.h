// The verb table: one verb, one row, one file in verbs/.
#pragma once

#include <sys/socket.h>

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "lmtp/reply.h"
#include "lmtp/transaction.h"

namespace waxseal::lmtp {

// What a verb sees of its session and may change.
struct Dialogue {
  ServiceSource service;
  const Clock* clock = nullptr;

  sockaddr_storage peer{};                 // who connected; no IP address: by a unix socket
  std::string peer_name;                   // argument of LHLO; empty before it
  Forwarded forwarded;                     // for the next transaction
  std::optional<Transaction> transaction;  // from MAIL on

  enum class Next { kCommand, kData, kChunk, kClose };
  Next next = Next::kCommand;

  // What follows a BDAT command; with a refusal its octets are read and forgotten (RFC 3030 section 2).
  struct Chunk {
    std::uint64_t left = 0;
    bool last = false;
    std::optional<Reply> refusal;
  };
  Chunk chunk;
};

// Checked in one place, before the verb runs.
enum class Needs { kNothing, kGreeting, kNoTransaction, kTransaction };
enum class Argument { kNone, kOptional, kRequired };

struct Verb {
  std::string_view name;
  Needs needs;
  Argument argument;
  Reply (*run)(Dialogue&, std::string_view argument);
};

std::span<const Verb> verbs();

// Runs one command line (without its line end) and says what to answer; never throws on any input.
Reply run_command(Dialogue&, std::string_view line);

// Trace fields into a new spool: from here on the transaction receives its text.
void begin_text(Dialogue&, Transaction&, std::variant<DataReader, ChunkReader> reader);

Reply lhlo(Dialogue&, std::string_view argument);
Reply mail(Dialogue&, std::string_view argument);
Reply rcpt(Dialogue&, std::string_view argument);
Reply data(Dialogue&, std::string_view argument);
Reply bdat(Dialogue&, std::string_view argument);
Reply rset(Dialogue&, std::string_view argument);
Reply noop(Dialogue&, std::string_view argument);
Reply quit(Dialogue&, std::string_view argument);
Reply vrfy(Dialogue&, std::string_view argument);
Reply xforward(Dialogue&, std::string_view argument);

// Whether the peer is one of lmtp.xforward_clients.
bool may_forward(const Dialogue&);

}  // namespace waxseal::lmtp
