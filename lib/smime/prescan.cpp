#include "smime/prescan.h"

#include <vector>

#include "smime/der.h"

namespace waxseal::smime {

namespace {

// An open constructed element.
struct Open {
  std::size_t end = 0;  // of its content; for an indefinite one, that of its container
  bool indefinite = false;
  bool segments = false;  // a constructed OCTET STRING: its segments are content, not elements
};

class Walk {
 public:
  Walk(Octets blob, const Limits& limits) : blob_(blob), limits_(limits) {}

  Scan run() {
    do {
      close_filled();
      if (open_.empty() && at_ > 0) break;
      const ScanFault fault = step();
      if (fault != ScanFault::kNone) return {fault, at_};
    } while (!open_.empty());
    return {ScanFault::kNone, at_};
  }

 private:
  // Definite elements end where their length says.
  void close_filled() {
    while (!open_.empty() && !open_.back().indefinite && at_ == open_.back().end) open_.pop_back();
  }

  ScanFault step() {
    const std::size_t end = open_.empty() ? blob_.size() : open_.back().end;
    const auto head = der::read_head(blob_.substr(at_, end - at_));
    if (!head) return ScanFault::kMalformed;
    if (head->end_of_contents()) return close_indefinite(*head);
    const bool segment = !open_.empty() && open_.back().segments;
    if (!segment && ++elements_ > limits_.tlv_elements) return ScanFault::kLimit;
    if (head->tag == der::kOid && head->content > limits_.oid_octets) return ScanFault::kLimit;
    at_ += head->size;
    if (!head->constructed()) {
      at_ += head->content;
      return ScanFault::kNone;
    }
    if (open_.size() >= limits_.tlv_depth) return ScanFault::kLimit;
    open_.push_back(
        {head->indefinite ? end : at_ + head->content, head->indefinite, head->tag == der::kOctetStringSegments});
    return ScanFault::kNone;
  }

  ScanFault close_indefinite(const der::Head& head) {
    if (open_.empty() || !open_.back().indefinite) return ScanFault::kMalformed;
    open_.pop_back();
    at_ += head.size;
    return ScanFault::kNone;
  }

  Octets blob_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
  std::vector<Open> open_;
};

}  // namespace

Scan prescan(Octets blob, const Limits& limits) {
  return Walk(blob, limits).run();
}

Octets peek_content_type(Octets blob) {
  // A truncated blob still says what it is: only the outer length is not believed.
  if (blob.size() < 2 || static_cast<unsigned char>(blob[0]) != der::kSequence) return {};
  const unsigned char length = static_cast<unsigned char>(blob[1]);
  const std::size_t head = 2 + (length > 0x80 ? length & 0x7fu : 0);
  if (head >= blob.size()) return {};
  return der::Reader(blob.substr(head)).content(der::kOid).value_or(Octets{});
}

}  // namespace waxseal::smime
