// The message text of BDAT (RFC 3030): counted octets without dots.  Lines end with CRLF here too (rule R1): what would
// be a false end for the next server that takes it with DATA is never stored, nor passed on.
#pragma once

#include "lmtp/text_writer.h"

namespace waxseal::lmtp {

class ChunkReader {
 public:
  explicit ChunkReader(std::size_t limit) : text_(limit) {}

  void feed(Octets in, delivery::Spool& out);
  void finish();  // a CR at the very end is bare

  const TextWriter& text() const { return text_; }

 private:
  TextWriter text_;
  bool after_cr_ = false;
};

}  // namespace waxseal::lmtp
