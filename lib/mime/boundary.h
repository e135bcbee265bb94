// The one search for boundary delimiter lines: split_multipart() and the part tree's parser both stand on it, so that
// what the verifier hashes and what JMAP shows cannot differ.
#pragma once

#include <cstddef>
#include <string>

#include "base/octets.h"

namespace waxseal::mime {

// What the tree still splits at, for showing: printable ASCII up to 2048 octets (rule R22).  The verifier is stricter,
// see valid_boundary() in multipart.h.
bool usable_boundary(Octets boundary);

// Walks a multipart body from delimiter line to delimiter line (BYT-3).  The calls together are linear in the body's
// size.
class BoundaryCursor {
 public:
  // Precondition: usable_boundary(boundary).
  BoundaryCursor(Octets body, Octets boundary);

  enum class Stop { kDelimiter, kCloseDelimiter, kEndOfBody };

  // Passes everything up to the next delimiter line and that line itself.
  Stop next();

  // What the last next() passed, without the line break that belongs to the delimiter (BYT-2).
  Range content() const { return content_; }
  // First octet behind the last delimiter line.
  std::size_t position() const { return position_; }
  // A line began with --boundary but went on: no delimiter, though some readers take it for one (BYT-4).
  bool ambiguous() const { return ambiguous_; }

 private:
  // First line at or after position_, which begins a line, that begins with --boundary; npos: none.
  std::size_t boundary_line() const;

  Octets body_;
  std::string line_break_and_boundary_;
  std::size_t position_ = 0;
  Range content_;
  bool ambiguous_ = false;
};

}  // namespace waxseal::mime
