// The text of a message on its way into the spool: counted against a limit, and what is wrong with it remembered.
#pragma once

#include <string>

#include "base/octets.h"
#include "delivery/spool.h"

namespace waxseal::lmtp {

class TextWriter {
 public:
  enum class Fault { kNone, kBareLineEnd, kTooLarge, kSpoolFailed };

  // A text of more than `limit` octets (as RFC 1870 counts them: dots removed, line ends included) is kTooLarge.
  explicit TextWriter(std::size_t limit) : limit_(limit) {}

  void write(Octets text, delivery::Spool& out);  // after a fault nothing more is written
  void fail(Fault fault);                         // the first one stays

  Fault fault() const { return fault_; }
  const std::string& spool_error() const { return spool_error_; }

 private:
  Fault fault_ = Fault::kNone;
  std::size_t limit_;
  std::size_t size_ = 0;
  std::string spool_error_;
};

}  // namespace waxseal::lmtp
