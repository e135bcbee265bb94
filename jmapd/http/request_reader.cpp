#include "jmapd/http/request_reader.h"

#include <system_error>

#include "service/log.h"

namespace waxseal::jmapd::http {
namespace {

constexpr std::size_t kSpoolMemory = 64 * 1024;

Refusal too_large(bool upload) {
  return {413, "the body is too large", upload ? "maxSizeUpload" : "maxSizeRequest"};
}

}  // namespace

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
  const bool upload = rules_->is_upload && rules_->is_upload(head_.request);
  const std::size_t most = upload ? rules_->max_upload : rules_->max_body;
  if (head_.content_length > most) return refuse(too_large(upload));
  if (head_.body == BodyKind::kChunked) chunked_.emplace(most);
  if (upload) {
    head_.request.spool = std::make_shared<delivery::Spool>(
        delivery::SpoolOptions{.memory_octets = kSpoolMemory, .directory = rules_->spool_directory});
  }
  wants_continue_ = head_.expect_continue && input_.empty();
  state_ = State::kBody;
}

void RequestReader::read_sized_body() {
  const std::size_t left = head_.content_length - body_octets_;
  if (!uploading() && input_.size() < left) return;
  std::string behind = input_.substr(std::min(left, input_.size()));
  input_.resize(input_.size() - behind.size());
  if (!keep(std::exchange(input_, std::move(behind)))) return;
  if (body_octets_ == head_.content_length) state_ = State::kReady;
}

// A piece of the body, to where the body waits.
bool RequestReader::keep(std::string piece) {
  body_octets_ += piece.size();
  if (!uploading()) {
    head_.request.body = std::move(piece);
    return true;
  }
  try {
    head_.request.spool->append(piece);
    return true;
  } catch (const std::system_error& error) {
    service::log_error("spool_failed", {{"error", error.what()}});
    refuse({503, "there is no room for the body"});
    return false;
  }
}

void RequestReader::read_chunked_body() {
  const std::size_t used = chunked_->feed(input_);
  input_.erase(0, used);
  if (!uploading()) body_octets_ += used;
  if (chunked_->state() == ChunkedBody::State::kTooLarge) return refuse(too_large(uploading()));
  if (chunked_->state() == ChunkedBody::State::kMalformed) return refuse({400, "the chunked body is malformed"});
  if (uploading() && !keep(chunked_->take())) return;
  if (chunked_->state() != ChunkedBody::State::kDone) return;
  if (!uploading()) head_.request.body = chunked_->take();
  state_ = State::kReady;
}

void RequestReader::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  head_ = Head();
  body_octets_ = 0;
  input_.clear();
  state_ = State::kRefused;
}

}  // namespace waxseal::jmapd::http
