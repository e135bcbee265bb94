// The room of cpp-httplib: one checked request in, one response out on the wire.
//
// httplib gets a head that we wrote ourselves from the checked request, with only the fields that it needs, and no
// body: its own readers of heads, chunks, ranges and compressed bodies (and their CVEs, rule R25) never see the
// network.
#pragma once

#include <memory>

#include "jmapd/http/message.h"
#include "jmapd/http/output.h"

namespace waxseal::jmapd::http {

enum class Connection { kKeep, kClose };

// For one thread at a time.
class Front {
 public:
  Front();
  ~Front();

  // Answers `request` on `output` and flushes it.  False: the answer could not be sent whole, close.
  bool serve(const Request& request, const Handler& handler, Connection connection, Output& output);

 private:
  class Library;
  std::unique_ptr<Library> library_;
};

}  // namespace waxseal::jmapd::http
