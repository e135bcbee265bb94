#include "jmapd/answer.h"

#include <memory>

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

}  // namespace

Answer::Answer(const AnswerRules& rules) : rules_(rules), file_({.memory_octets = 0, .directory = rules.directory}) {}

void Answer::much() {
  const std::size_t before = file_.size();
  try {
    file_.append(out_);
  } catch (...) {
    file_.cut(before);
    throw;
  }
  out_.clear();
}

void Answer::cut(std::size_t size) {
  if (size >= file_.size()) {
    out_.resize(size - file_.size());
    return;
  }
  out_.clear();
  file_.cut(size);
}

bool Answer::write(const http::Sink& sink) const {
  std::string piece(std::min(kPiece, file_.size()), '\0');
  for (std::size_t at = 0; at < file_.size();) {
    const std::size_t count = file_.read(at, piece.data(), piece.size());
    if (!sink(Octets(piece.data(), count))) return false;
    at += count;
  }
  return out_.empty() || sink(out_);
}

std::string Answer::whole() const {
  std::string out;
  (void)write([&](Octets piece) {
    out += piece;
    return true;
  });
  return out;
}

void Answer::move_into(http::Response& response) && {
  if (file_.size() == 0) {
    response.body = std::move(out_);
    return;
  }
  const auto answer = std::make_shared<Answer>(std::move(*this));
  response.stream = {answer->size(), [answer](const http::Sink& sink) { return answer->write(sink); }};
}

}  // namespace waxseal::jmapd
