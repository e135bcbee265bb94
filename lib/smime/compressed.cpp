#include "smime/compressed.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

#include "smime/cms.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kRatioFree = 64 * 1024;  // the ratio says nothing about short outputs

class Inflater {
 public:
  explicit Inflater(const InflateLimits& limits) : limits_(limits) { ready_ = inflateInit(&stream_) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // False: malformed, over a limit, or octets after the end of the stream.
  bool add(Octets segment) {
    consumed_ += segment.size();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(segment.data()));  // zlib never writes to it
    stream_.avail_in = static_cast<uInt>(segment.size());                           // lengths are below 2^31
    while (stream_.avail_in > 0)
      if (done_ || !step()) return false;
    return true;
  }
  // Everything is out and the stream's checksum was right.
  bool finished() {
    while (ready_ && !done_ && step() && produced_) {
    }
    return done_;
  }
  std::string take() { return std::move(out_); }

 private:
  bool step() {
    if (!ready_) return false;
    std::array<char, kChunk> chunk;
    stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream_.avail_out = kChunk;
    const int state = inflate(&stream_, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) return false;
    const std::size_t size = kChunk - stream_.avail_out;
    produced_ = size > 0;
    done_ = state == Z_STREAM_END;
    if (size > limits_.octets - std::min(out_.size(), limits_.octets)) return false;
    out_.append(chunk.data(), size);
    return out_.size() <= kRatioFree || out_.size() / limits_.ratio <= consumed_;
  }

  const InflateLimits& limits_;
  z_stream stream_{};
  std::string out_;
  std::size_t consumed_ = 0;
  bool ready_ = false;
  bool produced_ = false;
  bool done_ = false;
};

}  // namespace

Result<std::string, Code> inflate_compressed_data(Octets content, const InflateLimits& limits) {
  const auto compressed = cms::read_compressed_data(content);
  if (!compressed) return unexpected(Code(compressed.error()));
  Inflater inflater(limits);
  for (const Octets segment : compressed->segments)
    if (!inflater.add(segment)) return unexpected(Code::compressed_malformed);
  if (!inflater.finished()) return unexpected(Code::compressed_malformed);
  return inflater.take();
}

}  // namespace waxseal::smime
