#include "mime/phrase.h"

#include "base/text.h"
#include "mime/text.h"

namespace waxseal::mime {

bool Phrase::read(Lexer& lexer) {
  while (lexer.skip_cfws()) {
    if (lexer.peek() == '"') {
      auto quoted = lexer.quoted_string();
      if (!quoted) return false;
      add_quoted(std::move(*quoted));
      continue;
    }
    const Octets atom = lexer.run([](char c) { return is_atext(c) || c == '.'; });
    if (atom.empty()) return true;
    add_atoms(atom);
  }
  return false;
}

std::string Phrase::decoded() const {
  std::string out;
  const auto append = [&](const std::string& piece) {
    if (!out.empty() && !piece.empty()) out += ' ';
    out += piece;
  };
  std::string atoms;  // neighbours are decoded together: the space between two encoded-words goes away
  for (const Word& word : words_) {
    if (word.kind == Kind::kAtoms) {
      atoms += (atoms.empty() ? "" : " ") + word.text;
      continue;
    }
    append(decode_text(std::exchange(atoms, {})));
    append(strip_controls(trim(to_utf8(word.text, "us-ascii").utf8)));
  }
  append(decode_text(atoms));
  return out;
}

}  // namespace waxseal::mime
