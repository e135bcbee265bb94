// One accepted connection, as the event loop and, while it answers, one worker see it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "jmapd/http/front.h"
#include "jmapd/http/request_reader.h"
#include "jmapd/http/tls.h"

namespace waxseal::jmapd::http {

struct Peer {
  using Deadline = std::chrono::steady_clock::time_point;
  Peer(UniqueFd accepted, std::unique_ptr<Transport> over, std::string address, const BodyRules& rules)
      : fd(std::move(accepted)), transport(std::move(over)), source(std::move(address)), reader(rules) {}

  enum class Phase {
    kReading,    // belongs to the loop: idle or in the middle of a request
    kWorking,    // belongs to the queue or a worker: the loop touches nothing
    kStreaming,  // belongs to the loop: an answer that does not end
    kLingering,  // answered and shut for writing; what the client still sends is thrown away until it closes, because
                 // closing with unread octets would reset the connection and lose the answer (RFC 9112 section 9.6)
  };

  UniqueFd fd;
  std::unique_ptr<Transport> transport;
  std::string source;
  RequestReader reader;
  Phase phase = Phase::kReading;
  RequestReader::State timed = RequestReader::State::kBody;  // the state that `deadline` is for
  Deadline deadline{};
  std::size_t accounted = 0;  // octets of it in the loop's totals: in memory
  std::size_t spooled = 0;    // and in files
  bool keep = true;           // set by the worker: false closes behind the answer
  bool broken = false;        // set by the worker: the answer could not be sent
  bool watched = false;       // set by the worker: its next request will be heard of

  std::shared_ptr<EventChannel> events;  // set by the worker: the answer goes on
  std::string unsent;                    // of it, while the socket takes nothing
  bool last = false;                     // nothing follows `unsent`
};

// The next waiting connection; nullptr if there is none.  `out_of_descriptors` tells that one waits and cannot be
// taken.
// With `tls`, the peer must speak it.
std::unique_ptr<Peer> accept_peer(int listener, const TlsCredentials* tls, const BodyRules& rules,
                                  bool& out_of_descriptors);

}  // namespace waxseal::jmapd::http
