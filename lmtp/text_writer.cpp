#include "lmtp/text_writer.h"

namespace waxseal::lmtp {

void TextWriter::fail(Fault fault) {
  if (fault_ == Fault::kNone) fault_ = fault;
}

void TextWriter::write(Octets text, delivery::Spool& out) {
  if (fault_ != Fault::kNone) return;
  size_ += text.size();
  if (size_ > limit_) return fail(Fault::kTooLarge);
  try {
    out.append(text);
  } catch (const std::exception& error) {
    spool_error_ = error.what();
    fail(Fault::kSpoolFailed);
  }
}

}  // namespace waxseal::lmtp
