#include "jmapd/http/chunked.h"

#include <algorithm>
#include <charconv>

namespace waxseal::jmapd::http {
namespace {

constexpr std::size_t kMaxLine = 1024;          // chunk size with extensions, or one trailer field
constexpr std::size_t kMaxIgnored = 16 * 1024;  // of all lines together that carry nothing for us

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; });
}

}  // namespace

std::size_t ChunkedBody::feed(std::string_view input) {
  std::size_t used = 0;
  while (state_ == State::kMore && used < input.size()) {
    used += expect_ == Expect::kData ? data(input.substr(used)) : up_to_line_end(input.substr(used));
  }
  return used;
}

std::size_t ChunkedBody::data(std::string_view input) {
  const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  body_.append(input.substr(0, taken));
  received_ += taken;
  left_ -= taken;
  if (left_ == 0) expect_ = Expect::kDataEnd;
  return taken;
}

std::size_t ChunkedBody::up_to_line_end(std::string_view input) {
  const std::size_t end = input.find('\n');
  const std::size_t taken = end == input.npos ? input.size() : end + 1;
  line_.append(input.substr(0, taken));
  if (line_.size() > kMaxLine) {
    state_ = State::kMalformed;
  } else if (end != input.npos) {
    const std::string text = std::exchange(line_, std::string());
    if (text.ends_with("\r\n")) {
      line(std::string_view(text).substr(0, text.size() - 2));
    } else {
      state_ = State::kMalformed;  // a bare LF ends nothing
    }
  }
  return taken;
}

void ChunkedBody::line(std::string_view text) {
  if (has_control(text)) {
    state_ = State::kMalformed;
  } else if (expect_ == Expect::kSize) {
    size_line(text);
  } else if (expect_ == Expect::kDataEnd) {
    state_ = text.empty() ? State::kMore : State::kMalformed;
    expect_ = Expect::kSize;
  } else if (text.empty()) {
    state_ = State::kDone;
  } else if ((trailer_octets_ += text.size()) > kMaxIgnored) {
    state_ = State::kMalformed;
  }
}

// chunk-size [ chunk-ext ]: hexadecimal digits alone, or with extensions behind ";", which are ignored.
void ChunkedBody::size_line(std::string_view text) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), left_, 16);
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  trailer_octets_ += rest.size();
  if (error == std::errc::result_out_of_range) {
    state_ = State::kTooLarge;
  } else if (error != std::errc() || (!rest.empty() && rest[0] != ';') || trailer_octets_ > kMaxIgnored) {
    state_ = State::kMalformed;
  } else if (left_ > max_body_ - received_) {
    state_ = State::kTooLarge;
  } else {
    expect_ = left_ == 0 ? Expect::kTrailer : Expect::kData;
  }
}

}  // namespace waxseal::jmapd::http
