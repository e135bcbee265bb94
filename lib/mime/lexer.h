// Lexical tokens of structured header fields (RFC 5322 section 3.2, RFC 2045 section 5.1), shared by the parameter,
// address, message-id and date readers.  Works on unfolded text; never goes backwards, so every reader is linear.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/octets.h"

namespace waxseal::mime {

// A set of octets that is looked up instead of searched.
class OctetSet {
 public:
  template <class In>
  explicit constexpr OctetSet(In in) {
    for (std::size_t i = 0; i < has_.size(); ++i) has_[i] = in(static_cast<char>(i));
  }
  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> has_{};
};

class Lexer {
 public:
  explicit Lexer(Octets unfolded) : text_(unfolded) {}

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  std::size_t position() const { return at_; }
  Octets since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  Octets rest() const { return text_.substr(at_); }
  void advance(std::size_t octets = 1) { at_ += octets; }  // Precondition: octets <= rest().size()
  bool accept(char c);

  // White space and comments.  False: a comment that is unterminated, nested deeper than kMaxCommentDepth or holds a
  // control octet; then everything to the end has been read.
  bool skip_cfws();
  // The text of the last comment that skip_cfws() passed, without its parentheses, quoted-pairs resolved.
  const std::optional<std::string>& last_comment() const { return comment_; }
  void forget_comment() { comment_.reset(); }

  // Longest run of characters that `accepts`, may be empty.
  template <class Accepts>
  Octets run(Accepts accepts) {
    const std::size_t begin = at_;
    while (!at_end() && accepts(text_[at_])) ++at_;
    return since(begin);
  }

  // Precondition: peek() == '"'.  Content with quoted-pairs resolved; nullopt: unterminated or a control octet within.
  std::optional<std::string> quoted_string();

  static constexpr int kMaxCommentDepth = 8;  // IDN-02, C51

 private:
  bool comment();

  Octets text_;
  std::size_t at_ = 0;
  std::optional<std::string> comment_;
};

// RFC 5322 section 3.2.3 with the UTF-8 of RFC 6532 section 3.2.
bool is_atext(char c);
// RFC 2045 section 5.1.
bool is_token_char(char c);
// C0 except TAB, and DEL.
constexpr bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

}  // namespace waxseal::mime
