// Fuzz targets: each takes any octets and aborts when a promise of the code under test is broken.  Built by clang as
// libFuzzer programs (entry.cpp), and by every compiler into a test that replays the corpus (replay_test.cpp).
#pragma once

#include <cstddef>
#include <ostream>

#include "base/octets.h"

namespace waxseal::fuzz {

void mime(Octets input);      // a message as JMAP shows it: parts, text, summary
void scanner(Octets input);   // a message as the verifier sees it: the cryptographic envelope
void from(Octets input);      // the value of a From field, read strictly and for showing
void header(Octets input);    // one line "charset", then the value of a header field
void der(Octets input);       // the walk before CMS is read, beside OpenSSL's reading of the same octets
void cms(Octets input);       // a CMS object: read beside OpenSSL, then verified as opaque and as detached signature
void verifier(Octets input);  // a whole message, with anchors that its signers may lead to
void authres(Octets input);   // one line of hostile text, then a message with fields that claim to be ours

struct Target {
  const char* name;  // of the function, of its corpus and of its dictionary
  void (*run)(Octets);
};
inline constexpr Target kTargets[] = {
    {"mime", mime}, {"scanner", scanner}, {"from", from},         {"header", header},
    {"der", der},   {"cms", cms},         {"verifier", verifier}, {"authres", authres},
};

// For names of tests: without it, they show where the functions were loaded.
inline void PrintTo(const Target& target, std::ostream* out) {
  *out << target.name;
}

// Says what was promised and aborts, for the fuzzer to keep the input.
[[noreturn]] void broken(const char* promise);

inline void require(bool kept, const char* promise) {
  if (!kept) broken(promise);
}

// The input up to the first LF, and what follows it; everything is the first line if there is no LF.
struct Lines {
  Octets first, rest;
};
inline Lines split_first_line(Octets input) {
  const std::size_t end = input.find('\n');
  if (end == Octets::npos) return {input, {}};
  return {input.substr(0, end), input.substr(end + 1)};
}

// [begin, end) is a range of a buffer of `size` octets.
inline bool within(Range range, std::size_t size) {
  return range.begin <= range.end && range.end <= size;
}
inline bool within(Range inner, Range outer) {
  return outer.begin <= inner.begin && inner.begin <= inner.end && inner.end <= outer.end;
}

}  // namespace waxseal::fuzz
