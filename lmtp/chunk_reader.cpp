#include "lmtp/chunk_reader.h"

namespace waxseal::lmtp {

namespace {

// Is every CR of `in` followed by LF and every LF preceded by CR?  `after_cr`: what stands before it, and then at its
// end.
bool lines_end_well(Octets in, bool& after_cr) {
  for (std::size_t at = 0; at < in.size();) {
    if (after_cr != (in[at] == '\n')) return false;
    after_cr = in[at] == '\r';
    ++at;
    if (after_cr) continue;
    const std::size_t next = in.find_first_of("\r\n", at);
    if (next == Octets::npos) return true;
    at = next;
  }
  return true;
}

}  // namespace

void ChunkReader::feed(Octets in, delivery::Spool& out) {
  if (!lines_end_well(in, after_cr_)) text_.fail(TextWriter::Fault::kBareLineEnd);
  text_.write(in, out);
}

void ChunkReader::finish() {
  if (after_cr_) text_.fail(TextWriter::Fault::kBareLineEnd);
}

}  // namespace waxseal::lmtp
