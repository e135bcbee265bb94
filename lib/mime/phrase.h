// Display names: RFC 5322 section 3.2.5 with the dots of obs-phrase ("John Q. Public"), which every reader sees alike.
#pragma once

#include <string>
#include <vector>

#include "mime/lexer.h"

namespace waxseal::mime {

class Phrase {
 public:
  // Reads words up to the first octet that cannot belong to one; may read none.  False: an unterminated quoted-string
  // or comment, or a control octet in one.
  bool read(Lexer& lexer);

  // One word, for a reader that finds them itself; a quoted-string without its quotes.
  void add_atoms(Octets word) { words_.push_back({std::string(word), Kind::kAtoms}); }
  void add_quoted(std::string content) { words_.push_back({std::move(content), Kind::kQuoted}); }
  bool empty() const { return words_.empty(); }
  // Words joined by one space; encoded-words decoded outside of quoted-strings (RFC 2047 section 5 (3)).
  std::string decoded() const;

 private:
  enum class Kind { kAtoms, kQuoted };
  struct Word {
    std::string text;
    Kind kind;
  };
  std::vector<Word> words_;
};

}  // namespace waxseal::mime
