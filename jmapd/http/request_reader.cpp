#include "jmapd/http/request_reader.h"

namespace waxseal::jmapd::http {

RequestReader::State RequestReader::feed(Octets octets) {
  if (state_ == State::kRefused) return state_;
  input_.append(octets);
  if (state_ != State::kReady) advance();
  return state_;
}

RequestReader::Taken RequestReader::take() {
  Taken taken{std::move(head_.request), head_.keep_alive};
  head_ = Head();
  chunked_.reset();
  body_octets_ = 0;
  state_ = State::kIdle;
  advance();
  return taken;
}

void RequestReader::advance() {
  if (state_ == State::kIdle && !input_.empty()) state_ = State::kHead;
  if (state_ == State::kHead) read_head();
  if (state_ == State::kBody && head_.body == BodyKind::kLength) read_sized_body();
  if (state_ == State::kBody && head_.body == BodyKind::kChunked) read_chunked_body();
}

void RequestReader::read_head() {
  const std::size_t size = head_size(input_);
  if (size == input_.npos) {
    if (input_.size() > kMaxHead) refuse({431, "the head is too large"});
    return;
  }
  auto head = parse_head(std::string_view(input_).substr(0, size));
  if (!head) return refuse(head.error());
  head_ = std::move(*head);
  input_.erase(0, size);
  begin_body();
}

void RequestReader::begin_body() {
  if (head_.body == BodyKind::kNone) {
    state_ = State::kReady;
    return;
  }
  if (head_.content_length > max_body_) return refuse({413, "the body is too large"});
  if (head_.body == BodyKind::kChunked) chunked_.emplace(max_body_);
  wants_continue_ = head_.expect_continue && input_.empty();
  state_ = State::kBody;
}

void RequestReader::read_sized_body() {
  if (input_.size() < head_.content_length) return;
  std::string behind = input_.substr(head_.content_length);
  input_.resize(head_.content_length);
  head_.request.body = std::exchange(input_, std::move(behind));
  body_octets_ = head_.request.body.size();
  state_ = State::kReady;
}

void RequestReader::read_chunked_body() {
  const std::size_t used = chunked_->feed(input_);
  input_.erase(0, used);
  body_octets_ += used;
  if (chunked_->state() == ChunkedBody::State::kTooLarge) return refuse({413, "the body is too large"});
  if (chunked_->state() == ChunkedBody::State::kMalformed) return refuse({400, "the chunked body is malformed"});
  if (chunked_->state() != ChunkedBody::State::kDone) return;
  head_.request.body = chunked_->take();
  state_ = State::kReady;
}

void RequestReader::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  input_.clear();
  state_ = State::kRefused;
}

}  // namespace waxseal::jmapd::http
