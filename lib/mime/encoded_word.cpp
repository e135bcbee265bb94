// RFC 2047 as RFC 8621 section 4.1.2.2 wants it: what breaks the placement rules is not decoded.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "mime/charset_names.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/lexer.h"
#include "mime/text.h"
#include "mime/transfer.h"

namespace waxseal::mime {

namespace {

constexpr std::size_t kMaxEncodedWords = 1000;  // rule R22, per field

bool blank(char c) {
  return c == ' ' || c == '\t';
}

struct EncodedWord {
  Octets charset;
  std::string octets;
  std::size_t length = 0;  // in the source
};

std::string decode_q(Octets text) {
  std::string quoted(text);
  for (char& c : quoted)
    if (c == '_') c = ' ';
  // A space at the end is data here, unlike in a body.
  const std::size_t end = quoted.find_last_not_of(' ');
  const std::size_t spaces = end == std::string::npos ? quoted.size() : quoted.size() - end - 1;
  return decode_quoted_printable(quoted).octets + std::string(spaces, ' ');
}

// Reads "=?charset*language?B?text?=" at the start of `text`.  No piece may hold '?', SP or TAB, so the look ahead
// never passes the next '?', and reading a whole field stays linear.
std::optional<EncodedWord> read_encoded_word(Octets text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t charset_end = text.find_first_of("? \t", 2);
  if (charset_end == Octets::npos || charset_end + 2 >= text.size()) return std::nullopt;
  if (text[charset_end] != '?' || text[charset_end + 2] != '?') return std::nullopt;
  const std::size_t begin = charset_end + 3;
  const std::size_t end = text.find_first_of("? \t", begin);
  if (end == Octets::npos || !text.substr(end).starts_with("?=")) return std::nullopt;
  const Octets encoded = text.substr(begin, end - begin);
  const char encoding = ascii_lower(text[charset_end + 1]);
  if (encoding != 'b' && encoding != 'q') return std::nullopt;
  Octets charset = text.substr(2, charset_end - 2);
  charset = charset.substr(0, charset.find('*'));  // RFC 2231 section 5
  if (iconv_name(charset) == nullptr) return std::nullopt;
  return EncodedWord{charset, encoding == 'b' ? decode_base64(encoded).octets : decode_q(encoded), end + 2};
}

enum class Placement { kRfc2047, kAnywhere };

class TextDecoder {
 public:
  TextDecoder(Octets text, Placement placement)
      : text_(text), utf8_(valid_utf8(text)), anywhere_(placement == Placement::kAnywhere) {}

  std::string decode() {
    while (at_ < text_.size()) {
      const auto word = word_here();
      if (word)
        take(*word);
      else
        take_literal();
    }
    flush();
    flush_literal();
    return strip_controls(out_);
  }

 private:
  // RFC 2047 section 5 (1): an encoded-word stands between white space or at the ends.
  std::optional<EncodedWord> word_here() {
    if (words_ >= kMaxEncodedWords) return std::nullopt;
    if (!anywhere_ && at_ > 0 && !blank(text_[at_ - 1])) return std::nullopt;
    auto word = read_encoded_word(text_.substr(at_));
    if (anywhere_) return word;
    const bool ends = word && (at_ + word->length == text_.size() || blank(text_[at_ + word->length]));
    return ends ? std::move(word) : std::nullopt;
  }

  void take(const EncodedWord& word) {
    ++words_;
    // Section 6.2: white space between two encoded-words is not shown.
    if (pending_) space_.clear();
    flush_literal();
    if (pending_ && !ascii_iequals(charset_, word.charset)) flush();
    out_ += std::exchange(space_, {});
    // Section 5 forbids to split a character over words, but senders do: octets are joined first, converted then.
    octets_ += word.octets;
    charset_ = word.charset;
    pending_ = true;
    at_ += word.length;
  }

  // White space, or a run without it.
  void take_literal() {
    const std::size_t begin = at_;
    const bool space = blank(text_[at_]);
    do {
      ++at_;
    } while (at_ < text_.size() && blank(text_[at_]) == space && !(anywhere_ && text_[at_] == '='));
    const Octets literal = text_.substr(begin, at_ - begin);
    if (space) {
      space_ = literal;
      return;
    }
    flush();
    literal_ += std::exchange(space_, {});
    literal_ += literal;
  }

  // RFC 8621 section 4.1.2.2 drops encoded NUL and control characters.  These two are dropped before the conversion,
  // which would make something visible of them; the others after it, because ISO 2022 switches with them.
  void flush() {
    if (!std::exchange(pending_, false)) return;
    const std::string_view name = iconv_name(charset_);
    const bool wide = name.starts_with("UTF-16") || name.starts_with("UTF-32");
    if (!wide) std::erase_if(octets_, [](char c) { return c == '\0' || c == '\t'; });
    out_ += to_utf8(std::exchange(octets_, {}), charset_).utf8;
  }

  // Raw 8-bit octets: UTF-8 if the whole value is, else a guess.
  void flush_literal() {
    const std::string literal = std::exchange(literal_, {});
    out_ += utf8_ ? literal : to_utf8(literal, "us-ascii").utf8;
  }

  Octets text_;
  bool utf8_;
  bool anywhere_;
  std::size_t at_ = 0;
  std::size_t words_ = 0;
  std::string out_;
  std::string literal_;  // what stands outside of encoded-words, not yet converted
  std::string space_;    // white space not yet known to be shown
  std::string octets_;   // of the encoded-words just read, in charset_
  Octets charset_;
  bool pending_ = false;
};

std::string decode(Octets raw_value, Placement placement) {
  const std::string unfolded = unfold(raw_value);
  // Not converted before: raw octets inside an encoded-word are in its charset.
  return TextDecoder(trim(unfolded), placement).decode();
}

}  // namespace

std::size_t encoded_word_length(Octets text) {
  const auto word = read_encoded_word(text);
  return word ? word->length : 0;
}

std::string strip_controls(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  const auto may_go = [](char c) { return is_control(c) || c == '\xC2'; };
  while (!utf8.empty()) {
    const auto end = std::find_if(utf8.begin(), utf8.end(), may_go);
    out.append(utf8.begin(), end);
    utf8.remove_prefix(static_cast<std::size_t>(end - utf8.begin()));
    if (utf8.empty()) break;
    // C1 controls are U+0080..U+009F: C2 80..C2 9F.
    const bool lead = utf8[0] == '\xC2';
    const bool c1 = lead && utf8.size() > 1 && static_cast<unsigned char>(utf8[1]) < 0xA0;
    if (lead && !c1) out += utf8[0];
    utf8.remove_prefix(c1 ? 2 : 1);
  }
  return out;
}

std::string decode_text(Octets raw_value) {
  return decode(raw_value, Placement::kRfc2047);
}
std::string decode_parameter_text(Octets value) {
  return decode(value, Placement::kAnywhere);
}

}  // namespace waxseal::mime
