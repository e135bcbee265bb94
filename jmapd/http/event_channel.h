// Octets for one client whose answer does not end (text/event-stream): any thread puts in, the event loop sends when
// the socket takes them.  A client costs a descriptor and what waits for it, never a thread.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "base/octets.h"

namespace waxseal::jmapd::http {

class EventChannel {
 public:
  // What waits for a client that reads too slowly; above it the connection ends, and the client comes back.
  static constexpr std::size_t kMostPending = 256 * 1024;

  // For the side that has something to say.  Nothing happens after the client has gone.
  void send(Octets octets);
  void finish();  // the connection ends when everything is sent
  bool open() const;

  // For the loop.  `wake` is called, by any thread, when there is something to take.
  void attach(std::function<void()> wake);
  void detach();  // the client has gone
  struct Pending {
    std::string octets;
    bool last = false;      // nothing follows
    bool too_slow = false;  // give up
  };
  Pending take();

 private:
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::string pending_;
  bool finished_ = false;
  bool too_slow_ = false;
  bool gone_ = false;
};

}  // namespace waxseal::jmapd::http
