// Messages of one file: the file itself, or those of an mbox (RFC 4155), which is known by its first line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/octets.h"
#include "cli/message_file.h"

namespace waxseal::cli {

// "From sender Wed Jul  1 12:00:00 2026": the line that begins a message of an mbox; without its line end.
bool is_mbox_separator(Octets line);
// Its date, which is in UTC if it names no zone.
std::optional<Time> separator_date(Octets line);

// Reads in pieces: never holds more than one message.
class MessageReader {
 public:
  explicit MessageReader(ReadOctets read) : read_(std::move(read)) {}

  // The next message as it is stored; nullopt: there is no more.  A message over kLongestMessage is an error, and in an
  // mbox the next one follows; any other error ends the file.
  std::optional<Result<std::string>> next();
  // Of the message that next() returned last; empty: it is no mbox.
  const std::string& separator() const { return separator_; }
  // Valid after the first next().
  bool is_mbox() const { return kind_ == Kind::kMbox; }

 private:
  enum class Kind { kNotYetKnown, kMessage, kMbox, kFinished };
  struct End {
    std::size_t message;  // where the message ends, its blank line left out
    std::size_t next;     // where the next separator line begins
  };

  bool fill();
  void look_at_first_line();
  Result<std::string> whole_file();
  Result<std::string> next_of_mbox();
  std::size_t line_end(std::size_t from);
  std::optional<End> separator_after(std::size_t from);
  void pass_to(std::size_t next);
  Result<std::string> pass_over_long_message();

  ReadOctets read_;
  Kind kind_ = Kind::kNotYetKnown;
  std::string buffer_;
  std::size_t at_ = 0;  // in an mbox: where the next separator line begins
  std::string separator_;
  bool ended_ = false;
  std::string error_;
};

// What a message of an mbox may have been before it was stored.  A line that began with "From " got a ">" before it;
// that breaks a signature over it, and the file does not say how it was done:
enum class Quoting {
  kNone,    // nothing was quoted
  kMboxrd,  // every line ">*From " was
  kMboxo,   // only "From " was, so that a line ">From " of the author is now ambiguous
};
std::string_view quoting_name(Quoting quoting);  // "none", "mboxrd", "mboxo"

struct Reading {
  Quoting quoting;
  std::string octets;
};
// In the order in which they are to be tried; only readings that differ.  One ("none") if there is no such line.
std::vector<Reading> readings_of(std::string stored);

}  // namespace waxseal::cli
