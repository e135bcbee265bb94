#include "lmtp/data_reader.h"

#include <algorithm>

namespace waxseal::lmtp {

namespace {

// Octets before the next CR or LF: the automaton steps only through line ends.
std::size_t plain_octets(Octets text) {
  const std::size_t line = std::min(text.find('\n'), text.size());
  return std::min(text.substr(0, line).find('\r'), line);
}

}  // namespace

DataReader::State DataReader::after(char c) {
  switch (state_) {
    case State::kLineStart:
      if (c == '.') return State::kDot;
      [[fallthrough]];
    case State::kText:
    case State::kDot:
      if (c == '\n') text_.fail(Fault::kBareLineEnd);
      if (c != '\r') return State::kText;
      return state_ == State::kDot ? State::kDotCr : State::kCr;
    case State::kCr:
    case State::kDotCr:
      if (c == '\n') return state_ == State::kDotCr ? State::kDone : State::kLineStart;
      text_.fail(Fault::kBareLineEnd);
      return c == '\r' ? State::kCr : State::kText;
    case State::kDone:
      break;
  }
  return State::kDone;
}

std::size_t DataReader::feed(Octets in, delivery::Spool& out) {
  std::size_t run = 0;  // in[run, at) is text that is not yet emitted
  std::size_t at = 0;
  while (at < in.size() && !done()) {
    if (state_ == State::kText) at += plain_octets(in.substr(at));
    if (at == in.size()) break;
    state_ = after(in[at]);
    // A dot at the start of a line is never text; nor is the CR behind it: a LF follows and it is the end, or the fault
    // is set.
    if (state_ == State::kDot || state_ == State::kDotCr) {
      text_.write(in.substr(run, at - run), out);
      run = at + 1;
    }
    ++at;
  }
  if (!done()) text_.write(in.substr(run, at - run), out);
  return at;
}

}  // namespace waxseal::lmtp
