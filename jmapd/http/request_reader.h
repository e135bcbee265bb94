// Octets of one connection -> requests.  Keeps what follows a request, so that pipelined requests are not lost.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jmapd/http/chunked.h"
#include "jmapd/http/head.h"

namespace waxseal::jmapd::http {

// How much of a body is taken, and where it waits.
struct BodyRules {
  std::size_t max_body = 0;                                 // octets in memory
  std::size_t max_upload = 0;                               // octets in a spool
  std::function<bool(const Request& head)> is_upload = {};  // empty: nothing is
  std::string spool_directory = "/var/tmp";
};

class RequestReader {
 public:
  // `rules` must outlive this.
  explicit RequestReader(const BodyRules& rules) : rules_(&rules) {}

  enum class State {
    kIdle,     // between requests, nothing has come
    kHead,     // in the middle of a head
    kBody,     // in the middle of a body
    kReady,    // take() gives a request
    kRefused,  // refusal() says why; nothing more is read
  };
  State feed(Octets octets);
  State state() const { return state_; }

  // True once per request that waits for "100 Continue" (RFC 9110 section 10.1.1).
  bool take_continue() { return std::exchange(wants_continue_, false); }

  // Precondition: kReady.  Goes on with the octets that came behind it.
  struct Taken {
    Request request;
    bool keep_alive = false;
  };
  Taken take();
  // Precondition: kRefused.
  const Refusal& refusal() const { return refusal_; }
  std::size_t buffered() const { return input_.size() + (uploading() ? 0 : body_octets_); }  // in memory
  std::size_t spooled() const { return uploading() ? body_octets_ : 0; }
  bool uploading() const { return head_.request.spool != nullptr; }

 private:
  void advance();
  void read_head();
  void read_sized_body();
  void read_chunked_body();
  bool keep(std::string piece);
  void begin_body();
  void refuse(Refusal refusal);

  const BodyRules* rules_;
  State state_ = State::kIdle;
  std::string input_;
  Head head_;
  std::optional<ChunkedBody> chunked_;
  std::size_t body_octets_ = 0;
  bool wants_continue_ = false;
  Refusal refusal_;
};

}  // namespace waxseal::jmapd::http
