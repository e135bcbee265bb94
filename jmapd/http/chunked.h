// The chunked transfer coding of a request (RFC 9112 section 7.1), within limits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace waxseal::jmapd::http {

class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t max_body) : max_body_(max_body) {}

  enum class State { kMore, kDone, kMalformed, kTooLarge };
  // Takes octets from the front of the input and returns how many; what belongs to the next request stays.
  std::size_t feed(std::string_view input);
  State state() const { return state_; }
  // What has come since the last call.
  std::string take() { return std::exchange(body_, {}); }

 private:
  enum class Expect { kSize, kData, kDataEnd, kTrailer };
  void line(std::string_view text);
  void size_line(std::string_view text);
  std::size_t data(std::string_view input);
  std::size_t up_to_line_end(std::string_view input);

  std::size_t max_body_;
  State state_ = State::kMore;
  Expect expect_ = Expect::kSize;
  std::string line_;
  std::uint64_t left_ = 0;          // octets of the current chunk
  std::size_t trailer_octets_ = 0;  // and of chunk extensions: both are ignored, neither is unlimited
  std::size_t received_ = 0;
  std::string body_;
};

}  // namespace waxseal::jmapd::http
