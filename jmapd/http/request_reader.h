// Octets of one connection -> requests.  Keeps what follows a request, so that pipelined requests are not lost.
#pragma once

#include <optional>
#include <string>

#include "jmapd/http/chunked.h"
#include "jmapd/http/head.h"

namespace waxseal::jmapd::http {

class RequestReader {
 public:
  explicit RequestReader(std::size_t max_body) : max_body_(max_body) {}

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
  std::size_t buffered() const { return input_.size() + body_octets_; }

 private:
  void advance();
  void read_head();
  void read_sized_body();
  void read_chunked_body();
  void begin_body();
  void refuse(Refusal refusal);

  std::size_t max_body_;
  State state_ = State::kIdle;
  std::string input_;
  Head head_;
  std::optional<ChunkedBody> chunked_;
  std::size_t body_octets_ = 0;
  bool wants_continue_ = false;
  Refusal refusal_;
};

}  // namespace waxseal::jmapd::http
