#include "mime/parameters.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

constexpr std::size_t kMaxParameters = 100;  // rule R22, per field
constexpr unsigned kMaxSection = 999;        // RFC 2231 section 3: name*0, name*1, ...

// One parameter as written.
struct Piece {
  std::string name;                 // lower case, without the asterisks
  std::optional<unsigned> section;  // of name*N
  bool extended = false;            // name* or name*N*: percent-encoded
  std::string value;
};

constexpr OctetSet kUnquotedValueChars([](char c) {
  return c > ' ' && c != 0x7F && std::string_view("()<>,;\\\"").find(c) == std::string_view::npos;
});

// "name*1*" -> name, 1, extended.  False: asterisks that RFC 2231 does not know.
bool read_name(Octets written, Piece& piece) {
  const std::string name = ascii_lower(written);
  const std::size_t star = name.find('*');
  piece.name = name.substr(0, star);
  if (star == std::string::npos) return true;
  std::string_view rest = std::string_view(name).substr(star + 1);
  piece.extended = rest.empty() || rest.back() == '*';
  if (rest.ends_with('*')) rest.remove_suffix(1);
  if (rest.empty()) return name.size() == star + 1 && !piece.name.empty();
  if (rest.size() > 3 || !std::ranges::all_of(rest, ascii_digit) || (rest.size() > 1 && rest[0] == '0')) return false;
  unsigned section = 0;
  for (const char digit : rest) section = section * 10 + static_cast<unsigned>(digit - '0');
  piece.section = section;
  return !piece.name.empty() && section <= kMaxSection;
}

// attribute "=" value
std::optional<Piece> read_piece(Lexer& lexer) {
  Piece piece;
  const Octets name = lexer.run(is_token_char);
  if (name.empty() || !read_name(name, piece)) return std::nullopt;
  if (!lexer.skip_cfws() || !lexer.accept('=') || !lexer.skip_cfws()) return std::nullopt;
  if (lexer.peek() == '"') {
    auto value = lexer.quoted_string();
    if (!value) return std::nullopt;
    piece.value = std::move(*value);
  } else {
    piece.value = lexer.run([](char c) { return kUnquotedValueChars.has(c); });
  }
  return piece;
}

// False: something was not the grammar and has been passed over.
bool read_pieces(Lexer& lexer, std::vector<Piece>& out) {
  const auto pass_over = [&] { lexer.run([](char c) { return c != ';'; }); };
  bool valid = true;
  while (true) {
    valid &= lexer.skip_cfws();
    if (lexer.at_end()) return valid;
    valid &= lexer.accept(';');  // the parameter behind a missing one is still shown
    valid &= lexer.skip_cfws();
    if (lexer.at_end() || lexer.peek() == ';') continue;
    auto piece = read_piece(lexer);
    if (piece && out.size() < kMaxParameters) {
      out.push_back(std::move(*piece));
    } else {
      valid = false;
      pass_over();
    }
  }
}

int hex_value(char c) {
  c = ascii_lower(c);
  if (ascii_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// All pieces of one name.
struct Forms {
  std::vector<std::string> plain;      // name=
  std::vector<Piece> whole;            // name*=
  std::map<unsigned, Piece> sections;  // name*0=, name*1*=, ...
  bool repeated = false;               // a section twice

  void add(Piece piece) {
    if (piece.section)
      repeated |= !sections.try_emplace(*piece.section, piece).second;
    else if (piece.extended)
      whole.push_back(std::move(piece));
    else
      plain.push_back(std::move(piece.value));
  }

  // A file name in both forms is what RFC 6266 teaches senders, and no verdict reads it from this list.
  bool ambiguous(std::string_view name) const {
    const bool both = !plain.empty() && (!whole.empty() || !sections.empty());
    const bool may_be_both = name == "name" || name == "filename";
    return repeated || plain.size() > 1 || whole.size() > 1 || (!whole.empty() && !sections.empty()) ||
           (both && !may_be_both);
  }
};

// Takes "charset'language'" off the front; without it the text is UTF-8.
std::string take_charset(std::string& value) {
  const std::size_t first = value.find('\'');
  const std::size_t second = first == std::string::npos ? first : value.find('\'', first + 1);
  if (second == std::string::npos) return "utf-8";
  std::string charset = value.substr(0, first);
  value.erase(0, second + 1);
  return charset.empty() ? "utf-8" : charset;
}

struct Joined {
  std::string value;
  bool valid = true;
};

// RFC 2231 sections 3 and 4.  Joined before the charset is decoded: characters may be split over sections.
Joined join(const std::vector<const Piece*>& pieces) {
  std::string charset = "utf-8";
  std::string octets;
  for (const Piece* piece : pieces) {
    std::string value = piece->value;
    if (piece->extended && piece == pieces.front()) charset = take_charset(value);
    octets += piece->extended ? percent_decode(value) : value;
  }
  const CharsetText text = to_utf8(octets, charset);
  Joined out{strip_controls(text.utf8), !text.problem};
  out.valid &= out.value.size() == text.utf8.size();
  return out;
}

// Sections 0, 1, 2, ... up to the first that is missing.
std::vector<const Piece*> consecutive(const std::map<unsigned, Piece>& sections) {
  std::vector<const Piece*> out;
  for (const auto& [number, piece] : sections) {
    if (number != out.size()) break;
    out.push_back(&piece);
  }
  return out;
}

// Adds the values of one name, the RFC 2231 form first.  False: it is not the grammar.
bool assemble(const std::string& name, const Forms& forms, std::vector<Parameter>& out) {
  bool valid = true;
  const auto add = [&](const std::vector<const Piece*>& pieces) {
    if (pieces.empty()) return;
    Joined joined = join(pieces);
    valid &= joined.valid;
    out.push_back({name, std::move(joined.value)});
  };
  for (const Piece& piece : forms.whole) add({&piece});
  const auto sections = consecutive(forms.sections);
  valid &= sections.size() == forms.sections.size();
  add(sections);
  for (const std::string& value : forms.plain) out.push_back({name, value});
  return valid;
}

}  // namespace

Syntax read_parameters(Lexer& lexer, std::vector<Parameter>& out) {
  std::vector<Piece> pieces;
  bool valid = read_pieces(lexer, pieces);
  std::vector<std::string> order;
  std::map<std::string, Forms> by_name;
  for (Piece& piece : pieces) {
    const auto [at, inserted] = by_name.try_emplace(piece.name);
    if (inserted) order.push_back(piece.name);
    at->second.add(std::move(piece));
  }
  bool ambiguous = false;
  for (const std::string& name : order) {
    const Forms& forms = by_name.at(name);
    ambiguous |= forms.ambiguous(name);
    valid &= assemble(name, forms, out);
  }
  if (ambiguous) return Syntax::kAmbiguous;
  return valid ? Syntax::kValid : Syntax::kInvalid;
}

}  // namespace waxseal::mime
