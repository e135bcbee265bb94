// Tokens of Authentication-Results (RFC 8601 section 2.2, RFC 5322 section 3.2.2): CFWS, token, quoted-string.
#pragma once

#include <optional>
#include <string>

#include "base/octets.h"

namespace waxseal::authres {

class Lexer {
 public:
  explicit Lexer(Octets text) : rest_(text) {}

  // Skips white space, folds and nested comments; false if a comment does not end or nests deeper than kCommentDepth.
  bool skip_cfws();
  // token or quoted-string, the latter unquoted; nullopt if neither stands here or the quoted-string does not end.
  std::optional<std::string> value();
  bool take(char expected);
  bool at_end() const { return rest_.empty(); }

  static constexpr int kCommentDepth = 64;

 private:
  std::optional<std::string> quoted_string();
  Octets rest_;
};

// RFC 2045 section 5.1; octets above 127 count as token characters, as RFC 8616 section 2 lets them.
bool is_token_char(char c);

}  // namespace waxseal::authres
