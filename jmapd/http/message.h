// A request as the front has checked it, and the answer.  Nothing here knows the HTTP library.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/octets.h"
#include "delivery/spool.h"
#include "jmapd/http/event_channel.h"

namespace waxseal::jmapd::http {

struct Field {
  std::string name;  // of a request: lower case
  std::string value;
};

struct Request {
  std::string method;  // GET, HEAD, POST, PUT, DELETE, OPTIONS or PATCH
  std::string path;    // begins with "/"; still percent-encoded, so that %2F in a name separates nothing
  std::string query;   // what follows "?", still percent-encoded
  std::string host;    // Host, or the authority of an absolute-form target; syntax checked, may be empty
  std::vector<Field> fields;
  std::string body;
  std::shared_ptr<delivery::Spool> spool;  // instead of `body`: of an upload that has one
  std::string source;   // address of the peer's socket, "unix" for a local one; from a field only if a trusted proxy
                        // wrote it (rule R25)
  bool secure = false;  // came by TLS

  // Value of the first field of that lower-case name; empty if there is none.
  std::string_view field(std::string_view name) const;
  // The body, wherever it is; valid as long as the request.  Throws std::system_error.
  Octets octets() const { return spool ? spool->view() : Octets(body); }
};

// Takes the next octets of a body; false: the client has gone, stop.
using Sink = std::function<bool(Octets)>;

struct Response {
  int status = 500;
  std::vector<Field> fields;
  std::string content_type;  // empty: no body
  std::string body;

  // Instead of `body`: exactly `length` octets, given to the sink in pieces.  May throw; the connection is then cut
  // short of the announced length, so that the client knows.
  struct Stream {
    std::size_t length = 0;
    std::function<bool(const Sink&)> write;
  };
  std::optional<Stream> stream;

  // Instead of either: the answer goes on as long as the channel does, and the connection ends with it.
  std::shared_ptr<EventChannel> events;

  Response& with(std::string name, std::string value) {
    fields.push_back({std::move(name), std::move(value)});
    return *this;
  }
};

using Handler = std::function<Response(const Request&)>;

// Why the front does not let a request through; the connection closes behind the answer.
struct Refusal {
  int status = 400;
  std::string reason;
  std::string limit = {};  // name of the limit that was passed
};
using RefusalPage = std::function<Response(const Refusal&)>;

}  // namespace waxseal::jmapd::http
